/*
 * See mailbox.h. One operation at a time is under way: its callback notes what
 * came of it, and go_on() begins the next that is wanted. A POP3 session
 * numbers messages anew, and sees nothing that comes later: each check opens
 * one, which stays for the messages that are fetched. A letter is known by its
 * UIDL, and gets its number with each listing.
 */
#include "mailbox.h"

#include "seen.h"

#include <squab/glib.h>
#include <string.h>

enum {
	BATCH = 50,		/* headers that are asked for in one go */
	TICK = 100		/* ms between two looks at how far it is */
};

typedef enum check_state {
	NO_CHECK,
	CHECK_WANTED,
	CHECKING
} check_state;

typedef enum doing {
	OPENING,
	LISTING,
	READING_HEADERS,
	FETCHING
} doing;

struct mailbox {
	const mailbox_events *events;
	gpointer data;
	account *account;
	GListStore *list;
	GHashTable *known;	/* UIDL to Letter, of the list */
	seen *seen;
	sqb_pop3_session *session;
	gboolean left_alone;	/* nothing was asked since it was at rest */
	gboolean listed;	/* letters have its numbers */
	char *secret;		/* that a command has printed, for opening */
	GCancellable *cancellable;	/* of what is under way, or NULL */
	doing doing;
	gboolean restart;	/* what is under way is of another account */
	gboolean closing;
	guint tick;
	/* what is wanted */
	check_state check;
	Letter *letter;		/* to fetch, or NULL */
	GArray *missing;	/* sqb_pop3_item: headers that are not here */
	guint n_headers;	/* of them that are, or were refused */
	guint n_new;
	/* what arrives */
	sqb_sink sink;
	Letter *arriving;	/* or NULL */
	sqb_pop3_item item;	/* of it */
	GByteArray *bytes;
};

static void go_on(mailbox *m);

/* --- beginning and ending operations */

static gboolean on_tick(gpointer data)
{
	mailbox *m = data;

	m->events->changed(m->data);
	return G_SOURCE_CONTINUE;
}

static GCancellable *begin(mailbox *m, doing what)
{
	m->cancellable = g_cancellable_new();
	m->doing = what;
	if (m->tick == 0)
		m->tick = g_timeout_add(TICK, on_tick, m);
	m->events->changed(m->data);
	return m->cancellable;
}

static void rest(mailbox *m)
{
	if (m->tick != 0)
		g_source_remove(m->tick);
	m->tick = 0;
	m->left_alone = m->session != NULL;
	m->events->changed(m->data);
}

static void forget_wishes(mailbox *m)
{
	m->check = NO_CHECK;
	g_clear_object(&m->letter);
	g_clear_object(&m->arriving);
	g_array_set_size(m->missing, 0);
	m->n_headers = 0;
}

static void hang_up(mailbox *m)
{
	sqb_pop3_close(m->session);
	m->session = NULL;
	m->listed = m->left_alone = FALSE;
}

/* The answer to QUIT is not waited for: nothing is deleted. */
static void leave(mailbox *m)
{
	if (m->session)
		(void)sqb_pop3_start_quit(m->session);
	hang_up(m);
}

static void destroy(mailbox *m)
{
	leave(m);
	forget_wishes(m);
	account_free(m->account);
	seen_free(m->seen);
	g_object_unref(m->list);
	g_hash_table_unref(m->known);
	g_array_unref(m->missing);
	g_byte_array_unref(m->bytes);
	g_free(m);
}

static gboolean is_in_step(const mailbox *m)
{
	return m->session && sqb_pop3_state_of(sqb_pop3_session_engine(
	    m->session)) == SQB_POP3_TRANSACTION;
}

/* One that was left alone too long is over: then there is another. */
static gboolean was_left_alone(const mailbox *m, const GError *error)
{
	return m->left_alone && (
	    g_error_matches(error, SQB_GLIB_ERROR, SQB_E_EOF) ||
	    g_error_matches(error, SQB_GLIB_ERROR, SQB_E_NET));
}

static void went_wrong(mailbox *m, const GError *error)
{
	gboolean again = m->restart || was_left_alone(m, error);

	if (m->restart || !is_in_step(m))
		hang_up(m);
	m->restart = FALSE;
	if (again && !m->letter)
		m->letter = g_steal_pointer(&m->arriving);
	if (!again) {
		forget_wishes(m);
		m->events->failed(error, m->data);
	}
	go_on(m);
}

/* Takes error, of the operation that is over. False: that is all. */
static gboolean went_well(mailbox *m, GError *error)
{
	gboolean well = !error && !m->closing;

	g_clear_object(&m->cancellable);
	if (m->closing)
		destroy(m);
	else if (error)
		went_wrong(m, error);
	else
		m->left_alone = FALSE;
	g_clear_error(&error);
	return well;
}

/* --- opening */

static void forget_secret(mailbox *m)
{
	if (m->secret)
		memset(m->secret, 0, strlen(m->secret));
	g_clear_pointer(&m->secret, g_free);
}

static void on_open(GObject *object, GAsyncResult *result, gpointer data)
{
	mailbox *m = data;
	GError *error = NULL;

	(void)object;
	(void)sqb_glib_run_finish(sqb_pop3_base(m->session), result, &error);
	forget_secret(m);
	if (went_well(m, error))
		go_on(m);
}

/* Started, and then run, so that one can see how far it is. */
static void open_with(mailbox *m, const char *secret)
{
	static const sqb_tls_mode clear = SQB_TLS_OFF;
	const account *a = m->account;
	gboolean is_token = a->secret == ACCOUNT_TOKEN_COMMAND;
	g_autofree char *url = account_url(a);
	const sqb_session_options options = { .size = sizeof(options),
	    .password = is_token ? NULL : secret,
	    .token = is_token ? secret : NULL,
	    .tls = a->security == ACCOUNT_CLEAR ? &clear : NULL,
	    .link.tls.ca_file = *a->ca_file ? a->ca_file : NULL };
	sqb_error err;

	if (sqb_pop3_start(&m->session, url, &options, &err) == SQB_OK)
		sqb_glib_run_async(sqb_pop3_base(m->session), m->cancellable,
		    on_open, m);
	else
		went_well(m, g_error_new_literal(SQB_GLIB_ERROR, err.code,
		    err.text));
}

static void on_secret(GObject *process, GAsyncResult *result, gpointer data)
{
	mailbox *m = data;
	GError *error = NULL;
	g_autofree char *text = NULL;

	if (g_subprocess_communicate_utf8_finish(G_SUBPROCESS(process), result,
	    &text, NULL, &error) && !g_subprocess_get_successful(
	    G_SUBPROCESS(process)))
		error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED,
		    "the command for the secret has failed");
	if (error || m->closing || m->restart) {
		went_well(m, error ? error : g_error_new_literal(G_IO_ERROR,
		    G_IO_ERROR_CANCELLED, "Canceled"));
		return;
	}
	m->secret = g_steal_pointer(&text);
	m->secret[strcspn(m->secret, "\r\n")] = '\0';
	open_with(m, m->secret);
}

static void run_command(mailbox *m)
{
	GError *error = NULL;
	g_autoptr(GSubprocess) process = g_subprocess_new(
	    G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/bin/sh", "-c",
	    m->account->command, NULL);

	if (process)
		g_subprocess_communicate_utf8_async(process, NULL,
		    m->cancellable, on_secret, m);
	else
		went_well(m, error);
}

static void open_session(mailbox *m)
{
	begin(m, OPENING);
	if (m->account->secret == ACCOUNT_PASSWORD)
		open_with(m, m->account->password);
	else
		run_command(m);
}

/* --- the list */

/* Rows come by falling numbers. */
static guint place_for(GListModel *list, guint32 number)
{
	guint from = 0, to = g_list_model_get_n_items(list);

	while (from < to) {
		guint mid = from + (to - from) / 2;
		g_autoptr(Letter) l = g_list_model_get_item(list, mid);

		if (l->number > number)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void add_letter(mailbox *m, const sqb_pop3_item *item,
    sqb_message *header)
{
	g_autoptr(Letter) l = letter_new(item->number, item->size, item->uidl,
	    header);

	letter_set_unread(l, !seen_has(m->seen, l->uidl));
	g_list_store_insert(m->list, place_for(G_LIST_MODEL(m->list),
	    l->number), l);
	if (*l->uidl)
		g_hash_table_insert(m->known, l->uidl, l);
}

/* A letter of this session has a number; those that are gone have none. */
static void drop_gone(mailbox *m)
{
	GListModel *list = G_LIST_MODEL(m->list);

	for (guint i = g_list_model_get_n_items(list); i-- > 0;) {
		g_autoptr(Letter) l = g_list_model_get_item(list, i);

		if (l->number != 0)
			continue;
		g_hash_table_remove(m->known, l->uidl);
		g_list_store_remove(m->list, i);
	}
}

static void forget_numbers(mailbox *m)
{
	GListModel *list = G_LIST_MODEL(m->list);
	guint n = g_list_model_get_n_items(list);

	for (guint i = 0; i < n; i++) {
		g_autoptr(Letter) l = g_list_model_get_item(list, i);

		l->number = 0;
	}
}

static void take_list(mailbox *m, const sqb_pop3_list_result *found)
{
	forget_numbers(m);
	g_array_set_size(m->missing, 0);
	m->n_headers = m->n_new = 0;
	for (size_t i = found->n_items; i-- > 0;) {
		const sqb_pop3_item *item = &found->items[i];
		Letter *l = g_hash_table_lookup(m->known, item->uidl);

		if (l)
			l->number = item->number;
		else
			g_array_append_val(m->missing, *item);
		m->n_new += !l && *item->uidl && seen_before(m->seen) &&
		    !seen_has(m->seen, item->uidl);
	}
	drop_gone(m);
	m->listed = TRUE;
}

static void on_listing(GObject *object, GAsyncResult *result, gpointer data)
{
	mailbox *m = data;
	GError *error = NULL;
	sqb_pop3_list_result found;

	(void)object;
	if (sqb_glib_pop3_listing_finish(m->session, result, &found, &error))
		take_list(m, &found);
	if (went_well(m, error))
		go_on(m);
}

/* --- headers */

static int on_bytes(void *ctx, size_t index, sqb_str bytes)
{
	mailbox *m = ctx;

	(void)index;
	g_byte_array_append(m->bytes, (const guint8 *)bytes.ptr,
	    (guint)bytes.len);
	return 0;
}

static int on_header(void *ctx, size_t index, int code, const sqb_error *err)
{
	mailbox *m = ctx;
	const sqb_pop3_item *item = &g_array_index(m->missing, sqb_pop3_item,
	    m->n_headers);
	sqb_message *header = NULL;

	(void)index;
	(void)err;
	if (code != SQB_OK && code != SQB_E_REFUSED &&
	    code != SQB_E_UNSUPPORTED)
		return 0;
	if (code == SQB_OK)
		header = sqb_message_parse((sqb_str){ (char *)m->bytes->data,
		    m->bytes->len }, NULL);
	add_letter(m, item, header);
	sqb_message_free(header);
	m->n_headers++;
	g_byte_array_set_size(m->bytes, 0);
	return 0;
}

/* A server that gives no headers gives a list all the same. */
static void on_headers(GObject *object, GAsyncResult *result, gpointer data)
{
	mailbox *m = data;
	GError *error = NULL;

	(void)object;
	(void)sqb_glib_run_finish(sqb_pop3_base(m->session), result, &error);
	if (g_error_matches(error, SQB_GLIB_ERROR, SQB_E_REFUSED) ||
	    g_error_matches(error, SQB_GLIB_ERROR, SQB_E_UNSUPPORTED))
		g_clear_error(&error);
	if (went_well(m, error))
		go_on(m);
}

/* Takes what sqb_pop3_start_…() gave. */
static void run(mailbox *m, int code, GAsyncReadyCallback callback)
{
	if (code == SQB_OK)
		sqb_glib_run_async(sqb_pop3_base(m->session), m->cancellable,
		    callback, m);
	else
		went_well(m, g_error_new_literal(SQB_GLIB_ERROR, code,
		    sqb_pop3_error(m->session)->text));
}

static void get_headers(mailbox *m)
{
	guint n = MIN(BATCH, m->missing->len - m->n_headers);

	begin(m, READING_HEADERS);
	m->sink = (sqb_sink){ on_bytes, on_header, m };
	g_byte_array_set_size(m->bytes, 0);
	run(m, sqb_pop3_start_tops(m->session, &g_array_index(m->missing,
	    sqb_pop3_item, m->n_headers), n, 0, &m->sink), on_headers);
}

/* --- a message */

static void on_message(GObject *object, GAsyncResult *result, gpointer data)
{
	mailbox *m = data;
	GError *error = NULL;
	g_autoptr(Letter) letter = NULL;
	g_autoptr(GBytes) bytes = NULL;

	(void)object;
	(void)sqb_glib_run_finish(sqb_pop3_base(m->session), result, &error);
	if (!went_well(m, error))
		return;
	bytes = g_byte_array_free_to_bytes(g_steal_pointer(&m->bytes));
	m->bytes = g_byte_array_new();
	letter = g_steal_pointer(&m->arriving);
	letter_set_unread(letter, FALSE);
	m->events->received(letter, bytes, m->data);
	go_on(m);
}

static void get_message(mailbox *m)
{
	m->sink = (sqb_sink){ on_bytes, NULL, m };
	m->arriving = g_steal_pointer(&m->letter);
	m->item = (sqb_pop3_item){ .number = m->arriving->number,
	    .size = m->arriving->size, .uidl = m->arriving->uidl };
	g_byte_array_set_size(m->bytes, 0);
	begin(m, FETCHING);
	if (m->item.number == 0)
		went_well(m, g_error_new_literal(G_IO_ERROR,
		    G_IO_ERROR_NOT_FOUND, "the message is no longer there"));
	else
		run(m, sqb_pop3_start_messages(m->session, &m->item, 1,
		    &m->sink), on_message);
}

/* --- what comes next */

static GHashTable *all_uidls(mailbox *m)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal,
	    g_free, NULL);
	GHashTableIter i;
	gpointer uidl;

	g_hash_table_iter_init(&i, m->known);
	while (g_hash_table_iter_next(&i, &uidl, NULL))
		g_hash_table_add(set, g_strdup(uidl));
	return set;
}

static void end_check(mailbox *m)
{
	m->check = NO_CHECK;
	seen_save(m->seen, all_uidls(m));
	m->events->checked(m->n_new, m->data);
}

static void list(mailbox *m)
{
	sqb_glib_pop3_listing_async(m->session, begin(m, LISTING), on_listing,
	    m);
}

static void go_on(mailbox *m)
{
	if (m->cancellable)
		return;
	if (m->check == CHECK_WANTED) {
		leave(m);
		m->check = CHECKING;
	}
	if (m->check == NO_CHECK && !m->letter)
		rest(m);
	else if (!m->session)
		open_session(m);
	else if (!m->listed)
		list(m);
	else if (m->letter)
		get_message(m);
	else if (m->n_headers < m->missing->len)
		get_headers(m);
	else {
		end_check(m);
		go_on(m);
	}
}

/* --- for the window */

mailbox *mailbox_new(const mailbox_events *events, gpointer data)
{
	mailbox *m = g_new0(mailbox, 1);

	m->events = events;
	m->data = data;
	m->list = g_list_store_new(LETTER_TYPE);
	m->known = g_hash_table_new(g_str_hash, g_str_equal);
	m->missing = g_array_new(FALSE, FALSE, sizeof(sqb_pop3_item));
	m->bytes = g_byte_array_new();
	return m;
}

/* What is under way ends with the next turn of the loop. */
static void abandon(mailbox *m)
{
	g_cancellable_cancel(m->cancellable);
	if (m->session)
		sqb_session_cancel(sqb_pop3_base(m->session));
}

void mailbox_free(mailbox *m)
{
	if (m->tick != 0)
		g_source_remove(m->tick);
	m->closing = TRUE;
	if (m->cancellable)
		abandon(m);
	else
		destroy(m);
}

void mailbox_set_account(mailbox *m, account *a)
{
	g_autofree char *url = account_url(a);

	forget_wishes(m);
	m->restart = m->cancellable != NULL;
	if (m->restart)
		abandon(m);
	else
		leave(m);
	g_hash_table_remove_all(m->known);
	g_list_store_remove_all(m->list);
	account_free(m->account);
	m->account = a;
	seen_free(m->seen);
	m->seen = seen_load(url);
}

account *mailbox_account(mailbox *m)
{
	return m->account;
}

GListStore *mailbox_list(mailbox *m)
{
	return m->list;
}

void mailbox_check(mailbox *m)
{
	if (m->check == CHECKING)
		return;
	m->check = CHECK_WANTED;
	go_on(m);
}

void mailbox_fetch(mailbox *m, Letter *letter)
{
	g_set_object(&m->letter, letter);
	go_on(m);
}

void mailbox_cancel(mailbox *m)
{
	g_cancellable_cancel(m->cancellable);
}

gboolean mailbox_is_busy(mailbox *m)
{
	return m->cancellable != NULL;
}

/* --- in words */

static const char *opening_words(mailbox *m)
{
	sqb_pop3 *p = sqb_pop3_session_engine(m->session);
	sqb_engine *e = sqb_pop3_engine(p);

	if (!*sqb_link_address(sqb_pop3_session_link(m->session)))
		return "Connecting to";
	if (sqb_engine_wants(e) & SQB_WANT_TLS ||
	    (m->account->security == ACCOUNT_TLS && !sqb_engine_tls(e)))
		return "Securing the connection to";
	if (sqb_pop3_state_of(p) == SQB_POP3_CONNECTING)
		return "Waiting for the greeting of";
	return "Logging in to";
}

static char *message_words(mailbox *m, double *fraction)
{
	sqb_progress p = sqb_session_progress(sqb_pop3_base(m->session));
	g_autofree char *got = g_format_size(p.octets);
	g_autofree char *all = g_format_size(m->item.size);

	if (m->item.size > 0)
		*fraction = MIN(1, (double)p.octets / (double)m->item.size);
	return g_strdup_printf("Fetching “%s”, %s of %s", m->arriving->subject,
	    got, all);
}

char *mailbox_status(mailbox *m, double *fraction)
{
	guint n = g_list_model_get_n_items(G_LIST_MODEL(m->list));

	*fraction = -1;
	if (!m->cancellable)
		return n == 0 ? g_strdup("No messages") :
		    g_strdup_printf(n == 1 ? "%u message" : "%u messages", n);
	if (!m->session)
		return g_strdup("Waiting for the command for the secret…");
	if (!sqb_session_is_open(sqb_pop3_base(m->session)))
		return g_strdup_printf("%s %s…", opening_words(m),
		    m->account->server);
	if (m->doing == LISTING)
		return g_strdup("Listing the messages…");
	if (m->doing == FETCHING)
		return message_words(m, fraction);
	*fraction = (double)m->n_headers / (double)m->missing->len;
	return g_strdup_printf("Reading headers, %u of %u", m->n_headers,
	    m->missing->len);
}

char *mailbox_security(mailbox *m)
{
	const sqb_tls_info *info = m->session ? sqb_engine_tls(sqb_pop3_engine(
	    sqb_pop3_session_engine(m->session))) : NULL;
	const sqb_certificate *c = info ? sqb_link_certificate(
	    sqb_pop3_session_link(m->session)) : NULL;

	if (!c)
		return NULL;
	return g_strdup_printf("%s, %s\nFor: %s\nIssued by: %s\n"
	    "Valid until: %s", info->version, info->cipher, c->names,
	    c->issuer, c->not_after);
}
