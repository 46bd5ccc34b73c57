/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: the one table by which libpurple knows the protocol. Loading it starts nothing: bitlbee loads plugins and
 * then forks for each of its users. */
#include <libintl.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/buddy.h"
#include "plugin/chat.h"
#include "plugin/command.h"
#include "plugin/contact.h"
#include "plugin/devices.h"
#include "plugin/group_form.h"
#include "plugin/im.h"
#include "plugin/menu.h"
#include "plugin/room.h"
#include "plugin/room_list.h"
#include "plugin/status.h"
#include "plugin/typing.h"
#include "plugin/xfer.h"
#include "protocol/i18n.h"

static const char *
list_icon(PurpleAccount *account, PurpleBuddy *buddy)
{
	(void)account;
	(void)buddy;
	return "pipit";
}

static void
set_status(PurpleAccount *account, PurpleStatus *status)
{
	/* Nobody is told; it has to be there for the status to be settable. */
	(void)account;
	(void)status;
}

static GHashTable *
account_texts(PurpleAccount *account)
{
	(void)account;
	GHashTable *texts = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(texts, (gpointer) "login_label", (gpointer)_("Address..."));
	return texts;
}

static PurplePluginProtocolInfo protocol = {
	.options = OPT_PROTO_SLASH_COMMANDS_NATIVE | OPT_PROTO_CHAT_TOPIC | OPT_PROTO_IM_IMAGE,
	.icon_spec = NO_BUDDY_ICONS,
	.list_icon = list_icon,
	.status_text = pipit_buddy_status_text,
	.tooltip_text = pipit_buddy_tooltip,
	.status_types = pipit_status_types,
	.login = pipit_account_login,
	.close = pipit_account_close,
	.register_user = pipit_account_register,
	.blist_node_menu = pipit_menu_of_node,
	.chat_info = pipit_chat_info,
	.chat_info_defaults = pipit_chat_info_defaults,
	.send_im = pipit_im_send,
	.send_typing = pipit_typing_send,
	.get_info = pipit_buddy_get_info,
	.set_status = set_status,
	.add_buddy = pipit_buddy_add,
	.remove_buddy = pipit_buddy_remove,
	.join_chat = pipit_chat_join,
	.get_chat_name = pipit_chat_name,
	.chat_invite = pipit_chat_invite,
	.chat_leave = pipit_chat_close,
	.chat_send = pipit_chat_send,
	.normalize = pipit_contact_normalize,
	.chat_can_receive_file = pipit_chat_can_send_file,
	.chat_send_file = pipit_chat_send_file,
	.set_chat_topic = pipit_chat_set_topic,
	.find_blist_chat = pipit_chat_find_entry,
	.roomlist_get_list = pipit_room_list_rooms,
	.roomlist_cancel = pipit_room_list_cancel,
	.can_receive_file = pipit_xfer_can_send,
	.send_file = pipit_xfer_send,
	.new_xfer = pipit_xfer_new,
	.offline_message = pipit_buddy_takes_offline_messages,
	.roomlist_room_serialize = pipit_room_list_serialize,
	.get_account_text_table = account_texts,
	.struct_size = sizeof(PurplePluginProtocolInfo),
};

static gboolean
load(PurplePlugin *plugin)
{
	(void)plugin;
	pipit_command_register();
	return TRUE;
}

static gboolean
unload(PurplePlugin *plugin)
{
	(void)plugin;
	pipit_room_unload();
	pipit_command_unregister();
	return TRUE;
}

static GList *
actions(PurplePlugin *plugin, gpointer context)
{
	PurplePluginAction *group = pipit_group_form_action();
	GList *devices = pipit_devices_actions(plugin, context);
	return group != NULL ? g_list_prepend(devices, group) : devices;
}

static PurplePluginInfo info = {
	.magic = PURPLE_PLUGIN_MAGIC,
	.major_version = PURPLE_MAJOR_VERSION,
	.minor_version = PURPLE_MINOR_VERSION,
	.type = PURPLE_PLUGIN_PROTOCOL,
	.priority = PURPLE_PRIORITY_DEFAULT,
	.id = (char *)"prpl-pipit",
	.name = (char *)"Pipit",
	.version = (char *)PIPIT_VERSION,
	.load = load,
	.unload = unload,
	.extra_info = &protocol,
	.actions = actions,
};

static void
add_string_option(const char *text, const char *key)
{
	protocol.protocol_options =
		g_list_append(protocol.protocol_options, purple_account_option_string_new(text, key, ""));
}

static void
add_options(void)
{
	add_string_option(_("Server (empty: found by the address)"), PIPIT_OPTION_SERVER);
	add_string_option(_("Name of this device"), PIPIT_OPTION_DEVICE_NAME);
	add_string_option(_("CA certificate file (empty: the system's)"), PIPIT_OPTION_CA_FILE);
	PurpleAccountOption *registering = purple_account_option_bool_new(
		_("Create this account on the server at the first login"), PIPIT_OPTION_REGISTER, FALSE);
	protocol.protocol_options = g_list_append(protocol.protocol_options, registering);
	add_string_option(_("Invite code, if the server asks for one"), PIPIT_OPTION_INVITE);
	PurpleAccountOption *telling = purple_account_option_bool_new(
		_("Tell people when I have read their messages"), PIPIT_OPTION_READ_RECEIPTS, TRUE);
	protocol.protocol_options = g_list_append(protocol.protocol_options, telling);
	PurpleAccountOption *metadata = purple_account_option_bool_new(_(PIPIT_OPTION_KEEP_METADATA_LABEL),
								       PIPIT_OPTION_KEEP_METADATA, FALSE);
	protocol.protocol_options = g_list_append(protocol.protocol_options, metadata);
}

static void
init_plugin(PurplePlugin *plugin)
{
	(void)plugin;
	/* The library stays in memory: after an unloading, libpurple has freed the options of the last time. */
	protocol.protocol_options = NULL;
	bindtextdomain(GETTEXT_PACKAGE, PIPIT_LOCALEDIR);
	bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
	info.summary = _("Messages encrypted end to end, through a server of your own or a friend's");
	info.description = info.summary;
	add_options();
}

PURPLE_INIT_PLUGIN(pipit, init_plugin, info)
