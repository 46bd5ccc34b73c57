# SPDX-License-Identifier: GPL-2.0-or-later
# Where an installation goes: one list, so that uninstall removes exactly what install put.

# libpurple and Pidgin search the folders that were compiled into them, wherever PREFIX is.
PLUGINDIR ?= $(shell $(PKG) --variable=plugindir purple)
PIXMAPS   ?= $(shell $(PKG) --variable=datadir purple)/pixmaps
BINDIR    ?= $(PREFIX)/bin
SBINDIR   ?= $(PREFIX)/sbin
MANDIR    ?= $(PREFIX)/share/man
DOCDIR    ?= $(PREFIX)/share/doc/pipit
UNITDIR   ?= $(PREFIX)/lib/systemd/system

ICON_SIZES := 16 22 48
MAN_PAGES  := $(wildcard docs/*.[1-8])

# mode:source:target
INSTALLED := \
	644:$(BUILD)/libpipit.so:$(PLUGINDIR)/libpipit.so \
	755:$(BUILD)/pipit:$(BINDIR)/pipit \
	755:$(BUILD)/pipitd:$(SBINDIR)/pipitd \
	755:$(BUILD)/pipitctl:$(SBINDIR)/pipitctl \
	644:$(BUILD)/pipitd.service:$(UNITDIR)/pipitd.service \
	644:docs/pipitd.conf.example:$(DOCDIR)/pipitd.conf.example \
	644:LICENSE:$(DOCDIR)/LICENSE \
	644:icons/pipit.svg:$(PIXMAPS)/pidgin/protocols/scalable/pipit.svg \
	$(foreach s,$(ICON_SIZES),644:icons/$(s)/pipit.png:$(PIXMAPS)/pidgin/protocols/$(s)/pipit.png) \
	$(foreach p,$(MAN_PAGES),644:$(p):$(MANDIR)/man$(subst .,,$(suffix $(p)))/$(notdir $(p)))

field   = $(word $(1),$(subst :, ,$(2)))
targets = $(foreach f,$(INSTALLED),$(DESTDIR)$(call field,3,$(f)))

define newline


endef

install: all $(BUILD)/pipitd.service ## put it where the clients find it (PREFIX, DESTDIR)
	$(foreach f,$(INSTALLED),$(INSTALL) -D -m $(call field,1,$(f)) $(call field,2,$(f)) $(DESTDIR)$(call field,3,$(f))$(newline)	)

uninstall: ## remove what install put
	rm -f $(targets)
	-@rmdir $(DESTDIR)$(DOCDIR) 2>/dev/null

# Anew each time: PREFIX may differ from the last one.
$(BUILD)/pipitd.service: packaging/pipitd.service.in FORCE
	@mkdir -p $(@D)
	sed 's|@SBINDIR@|$(SBINDIR)|g' $< > $@

.PHONY: icons FORCE
icons: $(foreach s,$(ICON_SIZES),icons/$(s)/pipit.png) ## draw the PNG icons anew from the SVG ones

icons/16/pipit.png icons/22/pipit.png: icons/pipit-small.svg
icons/48/pipit.png: icons/pipit.svg
icons/%/pipit.png:
	@mkdir -p $(@D)
	rsvg-convert --width $* --height $* $< --output $@
