# SPDX-License-Identifier: GPL-2.0-or-later
# Where an installation goes. The plugin goes to libpurple's own folder, wherever PREFIX is: no other is searched.
PLUGINDIR ?= $(shell $(PKG) --variable=plugindir purple)
PIXMAPS   ?= $(shell $(PKG) --variable=datadir pidgin purple 2>/dev/null | head -n 1)
