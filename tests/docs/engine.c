/* Runs first_message() of docs/engine.md: argv[1] is squab serve's port. */
#include <squab/pop3.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int first_message(sqb_pop3 *p, int fd, const sqb_login *login);

int main(int argc, char **argv)
{
	unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), rc;
	sqb_pop3 *p = sqb_pop3_new(&(sqb_pop3_options){
	    .size = sizeof(sqb_pop3_options), .tls = SQB_TLS_OFF });
	sqb_login login = { .user = sqb_str_of("test"),
	    .password = sqb_str_of("test") };

	if (!p || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	rc = first_message(p, fd, &login);
	fprintf(stderr, "first_message: %s\n", sqb_code_name(rc));
	sqb_pop3_free(p);
	close(fd);
	return rc == SQB_OK ? 0 : 1;
}
