/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lives a story's chapters badly, and looks at what is left. */
#include "tests/torture/lives.h"

#include "tests/support/test_folder.h"
#include "tests/torture/fault.h"

typedef struct {
	const Story *story;
	const Chapter *chapter;
	FaultKind kind;
} Try;

static void
copy_folder(const char *from, const char *to)
{
	g_autoptr(GDir) folder = g_dir_open(from, 0, NULL);
	const char *name;
	g_assert_cmpint(g_mkdir_with_parents(to, 0700), ==, 0);
	while ((name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *source = g_build_filename(from, name, NULL);
		g_autofree char *copy = g_build_filename(to, name, NULL);
		g_autofree char *contents = NULL;
		gsize size = 0;
		if (g_file_test(source, G_FILE_TEST_IS_DIR)) {
			copy_folder(source, copy);
			continue;
		}
		g_assert_true(g_file_get_contents(source, &contents, &size, NULL));
		g_assert_true(g_file_set_contents_full(copy, contents, (gssize)size, G_FILE_SET_CONTENTS_NONE,
						       0600, NULL));
	}
}

static Life *
life_copy(const Story *story, const Life *before)
{
	Life *life = g_memdup2(before, story->size);
	life->folder = pipit_test_folder_new();
	copy_folder(before->folder, life->folder);
	return life;
}

static void
life_end(const Story *story, Life *life)
{
	story->close(life);
	pipit_test_folder_free(life->folder);
	g_free(life);
}

/* The life is closed before and after. */
static void
live_well(const Story *story, Life *life, const Chapter *chapter)
{
	g_autoptr(GError) error = NULL;
	gboolean lived =
		(chapter->live == story->open || story->open(life, &error)) && chapter->live(life, &error);
	g_assert_no_error(error);
	g_assert_true(lived);
	story->close(life);
}

static void
check_left(const Story *story, Life *life)
{
	g_autoptr(GError) error = NULL;
	story->open(life, &error);
	g_assert_no_error(error);
	story->check(life);
	story->close(life);
}

static void
check_error(const Story *story, const GError *error)
{
	g_assert_nonnull(error);
	if (story->domain != NULL)
		g_assert_cmpstr(g_quark_to_string(error->domain), ==, g_quark_to_string(story->domain()));
	g_assert_cmpstr(error->message, !=, "");
}

/* One call failed, and that passed: the same program tries again. */
static void
try_again(const Story *story, Life *life, const Chapter *chapter)
{
	g_autoptr(GError) error = NULL;
	if (chapter->live == story->open)
		story->close(life);
	gboolean lived = chapter->live(life, &error);
	g_assert_no_error(error);
	g_assert_true(lived);
}

/* Lives a chapter with the @nth call failing. Returns FALSE if there were fewer calls. */
static gboolean
live_badly(const Try *try, const Life *before, guint nth)
{
	const Story *story = try->story;
	Life *life = life_copy(story, before);
	g_autoptr(GError) error = NULL;
	if (try->chapter->live != story->open)
		g_assert_true(story->open(life, NULL));
	fault_begin(try->kind, nth);
	gboolean lived = try->chapter->live(life, &error);
	gboolean tries_again = !lived && try->kind != FAULT_CALLS_ON;
	if (!tries_again)
		story->close(life); /* fails as well */
	const char *failed = fault_end();
	if (failed != NULL)
		g_test_message("%u: %s: %s", nth, failed, lived ? "lived" : error->message);
	if (lived)
		g_assert_no_error(error);
	else
		check_error(story, error);
	if (tries_again)
		try_again(story, life, try->chapter);
	story->close(life);
	check_left(story, life);
	if (!lived && !tries_again)
		live_well(story, life, try->chapter);
	life_end(story, life);
	return failed != NULL;
}

static void
test_chapter(gconstpointer data)
{
	const Try *try = data;
	Life *before = g_malloc0(try->story->size);
	before->folder = pipit_test_folder_new();
	for (const Chapter *earlier = try->story->chapters; earlier < try->chapter; earlier++)
		live_well(try->story, before, earlier);
	guint stride = fault_stride(try->kind);
	guint nth = 1;
	while (live_badly(try, before, nth))
		nth += stride;
	g_assert_cmpuint(nth, >, 1);
	life_end(try->story, before);
}

static void
add_test(const Story *story, const Chapter *chapter, FaultKind kind, const char *kind_name)
{
	g_autofree char *name = g_strdup_printf("/%s/%s/%s", story->name, chapter->name, kind_name);
	Try *try = g_new(Try, 1);
	*try = (Try){story, chapter, kind};
	g_test_add_data_func_full(name, try, test_chapter, g_free);
}

void
lives_add_tests(const Story *story)
{
	for (const Chapter *chapter = story->chapters; chapter->name != NULL; chapter++) {
		add_test(story, chapter, FAULT_CALL_ONCE, "one-call");
		add_test(story, chapter, FAULT_CALLS_ON, "all-calls");
		add_test(story, chapter, FAULT_MEMORY_ONCE, "memory");
	}
}
