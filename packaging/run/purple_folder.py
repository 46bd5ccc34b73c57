# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of settings that Pidgin and Finch start from: one account, one contact, and no questions at the start."""
import os
import xml.etree.ElementTree as xml

from processes import link

PROTOCOL = "prpl-pipit"
# How each client names itself in accounts.xml.
PIDGIN, FINCH = "gtk-gaim", "gnt-purple"

PREFERENCES = {
    "pidgin/blist/list_visible": ("bool", "1"),
    # No beeps out of a trial run.
    "pidgin/sound/method": ("string", "none"),
    "finch/sound/method": ("string", "nosound"),
}


def prepare(folder, plugin, account, contact):
    """Makes the folder, or renews in it what changes from run to run: the plugin's place and the account's options.

    account: an object with `address`, `password` and `options`; contact: (address, name)
    """
    plugins = folder / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    link(plugins / plugin.name, plugin)
    write(folder / "accounts.xml", accounts(account, root_of(folder / "accounts.xml", "account", version="1.0")))
    if not (folder / "blist.xml").exists():
        write(folder / "blist.xml", buddies(account.address, *contact))
    if not (folder / "prefs.xml").exists():
        write(folder / "prefs.xml", preferences())


def root_of(path, tag, **attributes):
    """The document that the client wrote last; a new one if there is none, or none that can be read."""
    try:
        return xml.parse(path).getroot()
    except (OSError, xml.ParseError):
        return xml.Element(tag, attributes)


def write(path, root):
    xml.indent(root)
    temporary = path.with_suffix(".new")
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as output:
        xml.ElementTree(root).write(output, encoding="utf-8", xml_declaration=True)
    temporary.replace(path)


def accounts(account, root):
    """accounts.xml: what Pidgin added to our account stays, its options are set anew."""
    for old in root.findall("account"):
        if old.findtext("name") == account.address:
            root.remove(old)
    entry = xml.SubElement(root, "account")
    xml.SubElement(entry, "protocol").text = PROTOCOL
    xml.SubElement(entry, "name").text = account.address
    xml.SubElement(entry, "password").text = account.password
    settings(entry, account.options)
    for client in (PIDGIN, FINCH):
        settings(entry, {"auto-login": True}, ui=client)
    return root


def settings(entry, values, **attributes):
    group = xml.SubElement(entry, "settings", attributes)
    for name, value in values.items():
        kind, text = ("bool", str(int(value))) if isinstance(value, bool) else ("string", value)
        xml.SubElement(group, "setting", name=name, type=kind).text = text


def buddies(owner, address, name):
    root = xml.Element("purple", version="1.0")
    group = xml.SubElement(xml.SubElement(root, "blist"), "group", name="Buddies")
    buddy = xml.SubElement(xml.SubElement(group, "contact"), "buddy", account=owner, proto=PROTOCOL)
    xml.SubElement(buddy, "name").text = address
    xml.SubElement(buddy, "alias").text = name
    return root


def preferences():
    root = xml.Element("pref", version="1", name="/")
    for path, (kind, value) in PREFERENCES.items():
        node = root
        *folders, leaf = path.split("/")
        for name in folders:
            found = next((child for child in node if child.get("name") == name), None)
            node = found if found is not None else xml.SubElement(node, "pref", name=name)
        xml.SubElement(node, "pref", name=leaf, type=kind, value=value)
    return root
