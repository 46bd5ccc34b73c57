/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit group`: makes groups, lists them and changes them; ends when the server has the change for everybody. */
#include <string.h>

#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/session.h"

#define TIMEOUT_S 60

typedef struct Action Action;

/* One run of the command. */
typedef struct {
	const Action *action;
	char **arguments; /* those behind the action */
	char *peer;       /* of the group that was made */
	gboolean done;    /* it is written down, and on its way */
	gboolean failed;  /* not everybody could be reached */
} Run;

/* Each does its work, offline or online. FALSE with PIPIT_CLIENT_ERROR or another. */
struct Action {
	const char *name;
	guint least; /* arguments */
	guint most;
	gboolean (*run)(PipitClient *client, Run *run, GError **error);
	const char *usage;
};

static const char *const *
rest_of(const Run *run, guint first)
{
	return (const char *const *)run->arguments + first;
}

static void
print_group(const PipitGroup *group)
{
	g_print("%s  %s\n", group->peer, group->name != NULL ? group->name : _("(no name)"));
	for (guint i = 0; group->members[i] != NULL; i++)
		g_print("    %s\n", pipit_handle_display(group->members[i]));
}

static gboolean
list(PipitClient *client, Run *run G_GNUC_UNUSED, GError **error)
{
	g_autoptr(GPtrArray) groups = pipit_client_groups(client, error);

	for (guint i = 0; groups != NULL && i < groups->len; i++)
		print_group(groups->pdata[i]);
	return groups != NULL;
}

static gboolean
create(PipitClient *client, Run *run, GError **error)
{
	run->peer = pipit_client_group_create(client, run->arguments[0], rest_of(run, 1), error);
	return run->peer != NULL;
}

static gboolean
add(PipitClient *client, Run *run, GError **error)
{
	return pipit_client_group_add(client, run->arguments[0], rest_of(run, 1), error);
}

static gboolean
put_out(PipitClient *client, Run *run, GError **error)
{
	return pipit_client_group_remove(client, run->arguments[0], run->arguments[1], error);
}

static gboolean
leave(PipitClient *client, Run *run, GError **error)
{
	return pipit_client_group_leave(client, run->arguments[0], error);
}

static gboolean
give_name(PipitClient *client, Run *run, GError **error)
{
	return pipit_client_group_rename(client, run->arguments[0], run->arguments[1], error);
}

static gboolean
give_picture(PipitClient *client, Run *run, GError **error)
{
	g_autoptr(GBytes) picture = NULL;

	if (run->arguments[1] != NULL && (picture = pipit_file_read(run->arguments[1], error)) == NULL)
		return FALSE;
	return pipit_client_group_set_picture(client, run->arguments[0], picture, error);
}

static const Action actions[] = {
	{"list", 0, 0, list, N_("list")},
	{"create", 1, G_MAXUINT, create, N_("create NAME [ADDRESS…]")},
	{"add", 2, G_MAXUINT, add, N_("add GROUP ADDRESS…")},
	{"remove", 2, 2, put_out, N_("remove GROUP ADDRESS")},
	{"leave", 1, 1, leave, N_("leave GROUP")},
	{"rename", 2, 2, give_name, N_("rename GROUP NAME")},
	{"picture", 1, 2, give_picture, N_("picture GROUP [FILE]")},
};

static void
on_online(PipitToolSession *session, gpointer command)
{
	Run *run = command;
	g_autoptr(GError) error = NULL;

	run->done = run->action->run(pipit_tool_session_client(session), run, &error);
	if (!run->done)
		pipit_tool_session_fail(session, error);
	else if (run->action->run == list)
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static void
on_sent(PipitToolSession *session G_GNUC_UNUSED, gpointer command, const char *id G_GNUC_UNUSED,
	const GError *error)
{
	Run *run = command;

	if (error == NULL)
		return;
	run->failed = TRUE;
	pipit_command_fail(error);
}

static void
on_drained(PipitToolSession *session, gpointer command)
{
	const Run *run = command;

	if (!run->done)
		return;
	if (run->peer != NULL)
		g_print("%s\n", run->peer);
	pipit_tool_session_end(session, run->failed ? PIPIT_EXIT_FAILED : PIPIT_EXIT_OK);
}

static const Action *
find_action(char **arguments, GError **error)
{
	guint count = arguments != NULL ? g_strv_length(arguments) : 0;

	for (guint i = 0; count > 0 && i < G_N_ELEMENTS(actions); i++) {
		const Action *action = &actions[i];
		if (strcmp(action->name, arguments[0]) != 0)
			continue;
		if (count - 1 >= action->least && count - 1 <= action->most)
			return action;
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("say: pipit group %s"),
			    _(action->usage));
		return NULL;
	}
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    _("say what to do: list, create, add, remove, leave, rename or picture"));
	return NULL;
}

int
pipit_command_group(int argc, char **argv)
{
	const PipitToolEvents events = {.online = on_online, .sent = on_sent, .drained = on_drained};
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	Run run = {0};

	if (!pipit_account_options_parse(
		    &options, _("ACTION [GROUP] [ARGUMENT…]"),
		    _("Lists the groups that the account is in, makes one or changes one:\n"
		      "  list, create NAME [ADDRESS…], add GROUP ADDRESS…,\n"
		      "  remove GROUP ADDRESS, leave GROUP, rename GROUP NAME,\n"
		      "  picture GROUP [FILE]\n"
		      "GROUP is what “create” and “list” print; “pipit send” takes it too."),
		    NULL, argc, argv, &error) ||
	    (run.action = find_action(options.arguments, &error)) == NULL ||
	    !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	run.arguments = options.arguments + 1;
	g_autoptr(PipitToolSession) session =
		pipit_tool_session_new(&options, NULL, FALSE, TRUE, TIMEOUT_S, &events, &run, &error);
	if (session == NULL)
		return pipit_command_fail(error);
	int status = pipit_tool_session_run(session);
	if (status == PIPIT_EXIT_NOT_YET)
		g_printerr("pipit: %s\n", _("not sent yet: it waits, and goes with the next command"));
	g_free(run.peer);
	return status;
}
