/* See letter_list.h. A row is a grid: who and when above what and how large. */
#include "letter_list.h"

typedef struct row {
	GtkWidget *grid, *from, *date, *subject, *size;
	gulong handler;
} row;

static GtkWidget *label(GtkWidget *grid, int column, int line, gboolean wide)
{
	GtkWidget *l = gtk_label_new(NULL);

	gtk_label_set_xalign(GTK_LABEL(l), wide ? 0 : 1);
	gtk_widget_set_hexpand(l, wide);
	if (wide)
		gtk_label_set_ellipsize(GTK_LABEL(l), PANGO_ELLIPSIZE_END);
	gtk_grid_attach(GTK_GRID(grid), l, column, line, 1, 1);
	return l;
}

static void on_setup(GtkSignalListItemFactory *factory, GtkListItem *item)
{
	row *r = g_new0(row, 1);

	(void)factory;
	r->grid = gtk_grid_new();
	gtk_grid_set_column_spacing(GTK_GRID(r->grid), 8);
	gtk_grid_set_row_spacing(GTK_GRID(r->grid), 2);
	gtk_widget_set_margin_top(r->grid, 6);
	gtk_widget_set_margin_bottom(r->grid, 6);
	gtk_widget_set_margin_start(r->grid, 6);
	gtk_widget_set_margin_end(r->grid, 6);
	r->from = label(r->grid, 0, 0, TRUE);
	r->date = label(r->grid, 1, 0, FALSE);
	r->subject = label(r->grid, 0, 1, TRUE);
	r->size = label(r->grid, 1, 1, FALSE);
	gtk_widget_add_css_class(r->date, "dim-label");
	gtk_widget_add_css_class(r->size, "dim-label");
	gtk_widget_add_css_class(r->date, "caption");
	gtk_widget_add_css_class(r->size, "caption");
	g_object_set_data_full(G_OBJECT(item), "row", r, g_free);
	gtk_list_item_set_child(item, r->grid);
}

static void show_unread(const row *r, const Letter *l)
{
	g_autoptr(PangoAttrList) weight = pango_attr_list_new();

	if (l->unread)
		pango_attr_list_insert(weight,
		    pango_attr_weight_new(PANGO_WEIGHT_BOLD));
	gtk_label_set_attributes(GTK_LABEL(r->from), weight);
	if (l->unread)
		gtk_widget_remove_css_class(r->subject, "dim-label");
	else
		gtk_widget_add_css_class(r->subject, "dim-label");
}

static void on_unread(Letter *l, GParamSpec *spec, row *r)
{
	(void)spec;
	show_unread(r, l);
}

static void on_bind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
	row *r = g_object_get_data(G_OBJECT(item), "row");
	Letter *l = gtk_list_item_get_item(item);
	g_autofree char *size = g_format_size(l->size);

	(void)factory;
	gtk_label_set_text(GTK_LABEL(r->from), l->from);
	gtk_label_set_text(GTK_LABEL(r->date), l->date);
	gtk_label_set_text(GTK_LABEL(r->subject), l->subject);
	gtk_label_set_text(GTK_LABEL(r->size), size);
	show_unread(r, l);
	r->handler = g_signal_connect(l, "notify::unread",
	    G_CALLBACK(on_unread), r);
}

static void on_unbind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
	row *r = g_object_get_data(G_OBJECT(item), "row");

	(void)factory;
	g_clear_signal_handler(&r->handler, gtk_list_item_get_item(item));
}

GtkWidget *letter_list_new(GListModel *letters, GtkSingleSelection **selection)
{
	GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
	GtkWidget *scroller = gtk_scrolled_window_new(), *view;

	*selection = gtk_single_selection_new(g_object_ref(letters));
	gtk_single_selection_set_autoselect(*selection, FALSE);
	gtk_single_selection_set_can_unselect(*selection, TRUE);
	g_signal_connect(factory, "setup", G_CALLBACK(on_setup), NULL);
	g_signal_connect(factory, "bind", G_CALLBACK(on_bind), NULL);
	g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), NULL);
	view = gtk_list_view_new(GTK_SELECTION_MODEL(*selection), factory);
	gtk_widget_set_name(view, "list");
	gtk_accessible_update_property(GTK_ACCESSIBLE(view),
	    GTK_ACCESSIBLE_PROPERTY_LABEL, "Messages", -1);
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller),
	    GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), view);
	return scroller;
}
