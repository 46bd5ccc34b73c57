/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markup: what is written arrives, and nothing else does. */
#include "plugin/html.h"

#include <string.h>

typedef struct {
	const char *markup;
	const char *text;
	const char *safe; /* NULL: no formatting is left */
} Case;

static void
check(const Case *test)
{
	g_autofree char *text = NULL;
	g_autofree char *safe = NULL;
	pipit_html_read(test->markup, &text, &safe);
	g_assert_cmpstr(text, ==, test->text);
	g_assert_cmpstr(safe, ==, test->safe);
}

static void
check_all(const Case *cases, gsize n)
{
	for (gsize i = 0; i < n; i++)
		check(&cases[i]);
}

static void
test_plain(void)
{
	static const Case cases[] = {
		{"", "", NULL},
		{"Hello", "Hello", NULL},
		{"&lt;b&gt;&amp;amp;", "<b>&amp;", NULL},
		{"it's %n 100%", "it's %n 100%", NULL},
		{"  two  spaces  ", "  two  spaces  ", NULL},
		{"a<br>b<BR/>c<br />d\ne", "a\nb\nc\nd\ne", NULL},
		{"a\r\nb\rc", "a\nb\nc", NULL},
		{"\n\nx\n\n", "\n\nx\n\n", NULL},
		{"tab\there", "tab\there", NULL},
		{"\xf0\x9f\x90\xa6 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
		 "\xf0\x9f\x90\xa6 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", NULL},
		{"&quot;&apos;&#39;&#x27;&#128038;", "\"'''\xf0\x9f\x90\xa6", NULL},
		{"1 < 2 > 0 & 3 <3 a<", "1 < 2 > 0 & 3 <3 a<", NULL},
		{"&unknown; & &; &#; &#x; &amp", "&unknown; & &; &#; &#x; &amp", NULL},
		{"<p>one</p><p>two</p>", "one\ntwo", NULL},
		{"<html><body bgcolor=\"#ffffff\">x</body></html>", "x", NULL},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_formatting(void)
{
	static const Case cases[] = {
		{"<b>x</b>", "x", "<b>x</b>"},
		{"<B>x</B> &lt;", "x <", "<b>x</b> &lt;"},
		{"<bold>x</bold><strike>y</strike>", "xy", "<b>x</b><s>y</s>"},
		{"<strong><em>x</em></strong>", "x", "<strong><em>x</em></strong>"},
		{"<font color=\"#ff0000\" size=\"7\" face=\"x\">r</font>", "r",
		 "<span style=\"color: #ff0000\">r</span>"},
		{"<font back=\"#00ff00\" color=red>r</font>", "r",
		 "<span style=\"color: red; background: #00ff00\">r</span>"},
		{"<font size=\"7\">big</font>", "big", NULL},
		{"<span style='font-weight:BOLD;font-size:99px; color : #abc'>x</span>", "x",
		 "<span style=\"font-weight: bold; color: #abc\">x</span>"},
		/* What Pidgin puts around right-to-left text. */
		{"<SPAN style=\"direction:rtl;text-align:right;\">\xd7\xa9</SPAN>", "\xd7\xa9", NULL},
		{"<b>one<br>two</b>", "one\ntwo", "<b>one<br>two</b>"},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_links(void)
{
	static const Case cases[] = {
		/* libpurple's linkifier: no formatting, and not a character more. */
		{"see <A HREF=\"https://example.org/?a=1&b=2\">https://example.org/?a=1&amp;b=2</A>!",
		 "see https://example.org/?a=1&b=2!", NULL},
		{"<A HREF=\"http://www.example.org\">www.example.org</A>", "www.example.org", NULL},
		{"<A HREF=\"mailto:bob@example.org\">bob@example.org</A>", "bob@example.org", NULL},
		{"<A HREF=\"ftp://example.org\">ftp://example.org</A>", "ftp://example.org", NULL},
		{"<a href=\"https://example.org/\">here</a>.", "here (https://example.org/).",
		 "<a href=\"https://example.org/\">here</a>."},
		{"<a href=\"https://example.org/\"><b>x</b></a>", "x (https://example.org/)",
		 "<a href=\"https://example.org/\"><b>x</b></a>"},
		{"<a href=https://e.org/?a=1&amp;b>t</a>", "t (https://e.org/?a=1&b)",
		 "<a href=\"https://e.org/?a=1&amp;b\">t</a>"},
		{"<a href=\"https://a.org/\">x<a href=\"https://b.org/\">y</a></a>", "xy (https://a.org/)",
		 "<a href=\"https://a.org/\">xy</a>"},
		{"<a>x</a>", "x", NULL},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_hostile(void)
{
	static const Case cases[] = {
		{"<script>alert(1)</script>x", "x", NULL},
		{"<SCRIPT src=//e.org>a<b>b</SCRIPT >x", "x", NULL},
		{"<script>never ends", "", NULL},
		{"<style>b{color:red}</style>x<title>t</title>", "x", NULL},
		{"<img src=\"https://e.org/track.png\" alt=\"hi\">x", "x", NULL},
		{"<img id=\"1\">", "", NULL},
		{"<b onclick=\"evil()\">x</b>", "x", "<b>x</b>"},
		{"<a href=\"javascript:alert(1)\">x</a>", "x", NULL},
		{"<a href=\"&#106;avascript:alert(1)\">x</a>", "x", NULL},
		{"<a href=\" https://e.org\">x</a>", "x", NULL},
		{"<a href=\"https://e.org/\nx\">x</a>", "x", NULL},
		{"<a href=\"file:///etc/passwd\">x</a>", "x", NULL},
		{"<a href='https://e.org/\"onmouseover=\"x'>t</a>", "t (https://e.org/\"onmouseover=\"x)",
		 "<a href=\"https://e.org/&quot;onmouseover=&quot;x\">t</a>"},
		{"<a title=\">\" href=\"https://e.org/>\">t</a>", "t (https://e.org/>)",
		 "<a href=\"https://e.org/&gt;\">t</a>"},
		{"<span style=\"color:red;background:url(https://e.org)\">x</span>", "x",
		 "<span style=\"color: red\">x</span>"},
		{"<span style=\"color:expression(alert(1))\">x</span>", "x", NULL},
		{"<span style=\"color:&quot;><script>\">x</span>", "x", NULL},
		{"<font color=\"red;position:fixed\">x</font>", "x", "<span style=\"color: red\">x</span>"},
		{"<!-- <b>x</b> -->y", "y", NULL},
		{"<!-- never ends", "<!-- never ends", NULL},
		{"<!DOCTYPE html><?xml?>x", "x", NULL},
		{"<b>x", "x", "<b>x</b>"},
		{"</b>x</i>", "x", NULL},
		{"<b><i>x</b>y</i>", "xy", "<b><i>x</i></b>y"},
		{"<b", "<b", NULL},
		{"<b x=\"y", "<b x=\"y", NULL},
		{"<iframe src=x>y</iframe><object>z</object>", "yz", NULL},
		{"<scr<script>ipt>x", "ipt>x", NULL},
		{"\x01"
		 "DCC SEND\x01\x1b[2Jx\x7f\xc2\x9b",
		 "DCC SEND[2Jx", NULL},
		{"a&#1;b&#0;c&#xd800;d&#x110000;e&#27;", "abcde", NULL},
		{"a&#13;b&#10;c", "a\nb\nc", NULL},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

/* Deep nesting keeps its text, and what comes out is balanced and bounded. */
static void
test_depth(void)
{
	GString *bomb = g_string_new(NULL);
	for (int i = 0; i < 20000; i++)
		g_string_append(bomb, "<b><i>");
	g_string_append(bomb, "x");
	g_autofree char *text = NULL;
	g_autofree char *safe = NULL;
	pipit_html_read(bomb->str, &text, &safe);
	g_string_free(bomb, TRUE);
	g_assert_cmpstr(text, ==, "x");
	g_assert_cmpuint(strlen(safe), ==, (gsize)16 * strlen("<b><i></b></i>") + 1);
	g_assert_true(g_str_has_suffix(safe,
				       "x</i></b></i></b></i></b></i></b></i></b></i></b></i></b></i></b>"
				       "</i></b></i></b></i></b></i></b></i></b></i></b></i></b></i></b>"));
}

/* What never ends must not be looked for again and again. */
static void
test_time(void)
{
	static const char *const pieces[] = {"<a x=\"",         "<!--", "<script", "&#", "</",
					     "<span style=\";", "<b>"};
	for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
		GString *markup = g_string_new(NULL);
		while (markup->len < (gsize)256 * 1024)
			g_string_append(markup, pieces[i]);
		g_autofree char *text = NULL;
		g_autofree char *safe = NULL;
		gint64 start = g_get_monotonic_time();
		pipit_html_read(markup->str, &text, &safe);
		g_assert_cmpint(g_get_monotonic_time() - start, <, (gint64)10 * G_USEC_PER_SEC);
		g_string_free(markup, TRUE);
	}
}

static void
test_from_text(void)
{
	g_autofree char *html = pipit_html_from_text("<b>&amp; \"it's\"\n %n\r\nx\x01\x1b");
	g_assert_cmpstr(html, ==, "&lt;b&gt;&amp;amp; &quot;it's&quot;<br> %n<br>x");
	/* "\r\n" is one newline, also for Pidgin's limit of tags. */
	GString *lines = g_string_new(NULL);
	for (int i = 0; i < 100; i++)
		g_string_append(lines, "\r\n");
	g_autofree char *broken = pipit_html_from_text(lines->str);
	g_assert_true(g_str_has_prefix(broken, "<br><br>"));
	g_string_free(lines, TRUE);
}

static void
test_many_lines(void)
{
	g_autofree char *text = g_strnfill(200, '\n');
	g_autofree char *html = pipit_html_from_text(text);
	g_assert_false(pipit_html_has_too_many_tags(html));
	g_assert_cmpstr(html, ==, text);
	g_assert_true(pipit_html_has_too_many_tags("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"
						   "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"));
}

static char *
random_markup(GRand *random)
{
	static const char *const words[] = {
		"<b>",
		"</b>",
		"<i>",
		"</i>",
		"<br>",
		"\n",
		"&amp;",
		"&lt;",
		"<",
		">",
		"&",
		"\"",
		"'",
		"x",
		" ",
		"  ",
		"<a href=\"https://e.org/\">",
		"</a>",
		"https://e.org/",
		"<span style=\"color: red\">",
		"</span>",
		"\xf0\x9f\x90\xa6",
		"<script>",
		"</script>",
		"<!--",
		"-->",
		"<p>",
		"</p>",
		"&#39;",
		"&quot;",
		"<font color=blue>",
		"</font>",
		"\r",
	};
	GString *markup = g_string_new(NULL);
	for (int n = g_rand_int_range(random, 0, 30); n > 0; n--)
		g_string_append(markup, words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))]);
	return g_string_free(markup, FALSE);
}

/* What is sent as safe markup says to the receiver, who reads it again, just what the plain text says. */
static void
test_reading_twice(void)
{
	GRand *random = g_rand_new_with_seed(20251124);
	for (int i = 0; i < 20000; i++) {
		g_autofree char *markup = random_markup(random);
		g_autofree char *text = NULL;
		g_autofree char *safe = NULL;
		pipit_html_read(markup, &text, &safe);
		g_autofree char *html = safe != NULL ? g_strdup(safe) : pipit_html_from_text(text);
		g_autofree char *text_again = NULL;
		g_autofree char *safe_again = NULL;
		pipit_html_read(html, &text_again, &safe_again);
		g_assert_cmpstr(text_again, ==, text);
		g_assert_cmpstr(safe_again, ==, safe);
	}
	g_rand_free(random);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/html/plain", test_plain);
	g_test_add_func("/html/formatting", test_formatting);
	g_test_add_func("/html/links", test_links);
	g_test_add_func("/html/hostile", test_hostile);
	g_test_add_func("/html/depth", test_depth);
	g_test_add_func("/html/time", test_time);
	g_test_add_func("/html/from-text", test_from_text);
	g_test_add_func("/html/many-lines", test_many_lines);
	g_test_add_func("/html/reading-twice", test_reading_twice);
	return g_test_run();
}
