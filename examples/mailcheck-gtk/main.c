/* mailcheck-gtk: see mailcheck.h. */
#include "mailcheck.h"

int main(int argc, char **argv)
{
	g_autoptr(GtkApplication) app = mailcheck_application_new();

	return g_application_run(G_APPLICATION(app), argc, argv);
}
