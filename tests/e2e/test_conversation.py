# SPDX-License-Identifier: GPL-2.0-or-later
"""What one person writes in any client is what the other reads in any client."""

import itertools

import pytest

from stage import KINDS

PARAGRAPH = "Zwölf Boxkämpfer 🥊 jagen Viktor über den großen Sylter Deich, שלום וברכה, and %n back."

TEXTS = {
    "plain": "Hello, how are you?",
    "emoji": "👋🏽 the family 👨‍👩‍👧‍👦, a flag 🇩🇰, a heart ❤️",
    "right-to-left": "שלום עולם, مرحبا بالعالم (123) abc",
    "markup": "<b>&amp;</b> <i>&lt;x&gt; <br> <a href='y'>z</a> &#65; a<b && c>d",
    "percent": "%n %s %d %% 100%",
    "quotes": "\"double\" 'single' “curly” back\\slash `grave` {brace} [x](y) *star* _line_",
    "spaces": "   three before,  two inside",
    "address": "see https://example.org/a_b?c=1&d=%20#e or bob@example.org",
    "letters": "ǅ ß ﷽ Ⅷ é é 漢字 ไทย हिन्दी",
}
LONG_LINE = {"4 KB": (PARAGRAPH + " ") * 42 + "end"}
LINES = {
    "lines": "first\nsecond <b>\n   third, with spaces before it\n%n fourth",
    "4 KB in lines": "\n".join(f"{n}. {PARAGRAPH}" for n in range(42)),
}


def texts_for(sender):
    """What can be typed there: Finch's entry has one line, and an IRC line ends after 512 bytes."""
    return {
        "pidgin": TEXTS | LONG_LINE | LINES,
        "finch": TEXTS | LONG_LINE,
        "bitlbee": TEXTS | LINES,
    }[sender]


CASES = [pytest.param(sender, receiver, text, id=f"{sender}-to-{receiver}, {name}")
         for sender, receiver in itertools.product(KINDS, KINDS) for name, text in texts_for(sender).items()]


@pytest.fixture
def pair(stage):
    """Gives two people at clients of these kinds, who have each other in their lists."""

    def get(sender, receiver):
        one, other = stage.person(sender, sender + "-a"), stage.person(receiver, receiver + "-b")
        stage.introduce(one, other)
        return one, other

    return get


def test_long_texts_are_long():
    assert len(LONG_LINE["4 KB"].encode()) >= 4096
    assert len(LINES["4 KB in lines"].encode()) >= 4096


@pytest.mark.parametrize("sender, receiver, text", CASES)
def test_arrives_as_written(pair, sender, receiver, text):
    one, other = pair(sender, receiver)
    one.send(other.address, text)
    assert other.receive(one.address, like=text) == text


@pytest.mark.parametrize("kind", ["finch", "bitlbee", "pidgin"])
def test_keeps_the_order(pair, kind):
    one, other = pair(kind, kind)
    texts = [f"number {n}" for n in range(10)]
    for text in texts:
        one.send(other.address, text)
    assert [other.receive(one.address, like=text) for text in texts] == texts


def test_is_read_off_finchs_screen(pair):
    one, other = pair("bitlbee", "finch")
    for text in ("🙂 on the screen", "שלום on the screen", "<b>&amp; %n on the screen"):
        one.send(other.address, text)
        assert other.receive(one.address) == text
        other.look_at(one.address)
        other.wait_for_screen(text)


def test_is_read_in_pidgins_window(pair):
    one, other = pair("bitlbee", "pidgin")
    for text in ("🙂 in the window", "<b>&amp; %n in the window", "שלום in the window"):
        one.send(other.address, text)
        assert other.receive(one.address) == text
        assert text in other.window_text(one.address)


def test_typed_on_pidgins_keyboard(pair):
    one, other = pair("pidgin", "bitlbee")
    text = "<b>it's & \"%n\"</b> ~/x :-)"
    one.type_by_keys(other.address, text)
    assert other.receive(one.address) == text


def test_pidgins_bold_arrives_as_bold_in_pidgin_and_as_words_elsewhere(pair):
    one, other = pair("pidgin", "pidgin")
    one.type_bold(other.address, "important")
    line = other.receive_line(one.address)
    assert other.as_shown(line.html) == "important"
    assert "<b>important</b>" in line.html.lower()
    one, other = pair("pidgin", "bitlbee")
    one.type_bold(other.address, "important")
    assert other.receive(one.address) == "important"
