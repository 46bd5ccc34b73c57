/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: the bytes are some member's: only a small picture of a kind that every client knows goes to its decoder. */
#include "plugin/room_picture.h"

#include <glib/gstdio.h>
#include <purple.h>

#include "plugin/group_news.h"
#include "plugin/picture_limits.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

#define MAX_PIXELS 1048576    /* 1024 by 1024 */
#define SHOWN "pipit-picture" /* setting of a group's entry: the SHA-256 of the picture that was put there */

static gboolean
is_picture(GBytes *picture)
{
	gsize size;
	guint64 pixels = 0;
	const guint8 *bytes = g_bytes_get_data(picture, &size);
	return bytes != NULL && pipit_picture_is_harmless(bytes, size, &pixels) && pixels <= MAX_PIXELS;
}

void
pipit_room_picture_show(PurpleChat *entry, const PipitGroup *group)
{
	if (pipit_ui_forgets_buddies())
		return;
	PurpleBlistNode *node = PURPLE_BLIST_NODE(entry);
	GBytes *picture = group->picture != NULL && is_picture(group->picture) ? group->picture : NULL;
	g_autofree char *sum =
		picture != NULL ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, picture) : g_strdup("");
	const char *shown = purple_blist_node_get_string(node, SHOWN);
	if (g_str_equal(sum, shown != NULL ? shown : ""))
		return;
	gsize size = 0;
	gconstpointer bytes = picture != NULL ? g_bytes_get_data(picture, &size) : NULL;
	purple_buddy_icons_node_set_custom_icon(node, g_memdup2(bytes, size), size);
	purple_blist_node_set_string(node, SHOWN, sum);
}

static char *
too_large(void)
{
	return g_strdup(_("The picture is too large: at most 12 KiB. One of 96 by 96 points is enough."));
}

/* Returns (transfer full) NULL; a sentence if @path is not worth reading, or would never end. */
static char *
check_file(const char *path)
{
	GStatBuf status;
	/* Reading will say why. */
	if (g_stat(path, &status) != 0)
		return NULL;
	if (!S_ISREG(status.st_mode))
		return g_strdup_printf(_("%s is no file."), path);
	return status.st_size > PIPIT_GROUP_PICTURE_MAX ? too_large() : NULL;
}

static char *
check(GBytes *picture)
{
	if (!is_picture(picture))
		return g_strdup(
			_("A group's picture is a PNG, JPEG or GIF file of at most a million points."));
	return g_bytes_get_size(picture) > PIPIT_GROUP_PICTURE_MAX ? too_large() : NULL;
}

static char *
set(PipitAccount *account, const char *peer, GBytes *picture)
{
	g_autoptr(GError) error = NULL;
	if (!pipit_client_group_set_picture(account->client, peer, picture, &error))
		return g_strdup(error->message);
	pipit_group_news_made(account, peer);
	return NULL;
}

char *
pipit_room_picture_set(PipitAccount *account, const char *peer, const char *path)
{
	if (*path == '\0')
		return set(account, peer, NULL);
	char *why = check_file(path);
	if (why != NULL)
		return why;
	char *contents = NULL;
	gsize size = 0;
	g_autoptr(GError) error = NULL;
	if (!g_file_get_contents(path, &contents, &size, &error))
		return g_strdup(error->message);
	g_autoptr(GBytes) picture = g_bytes_new_take(contents, size);
	why = check(picture);
	return why != NULL ? why : set(account, peer, picture);
}
