# SPDX-License-Identifier: GPL-2.0-only
# make install: programs, man pages, an example configuration, what systemd needs.

SBINDIR := $(PREFIX)/sbin
MANDIR := $(PREFIX)/share/man
DOCDIR := $(PREFIX)/share/doc/synward
UNITDIR := $(PREFIX)/lib/systemd/system
SYSUSERSDIR := $(PREFIX)/lib/sysusers.d
TMPFILESDIR := $(PREFIX)/lib/tmpfiles.d
CONFDIR := $(SYSCONFDIR)/synward
UNITS := synwardd.service synward-milter.service synward-desk.service

MAN_PAGES := $(sort $(wildcard docs/*.[1-8])) $(O)/docs/synward.conf.5
PAGES := $(sort $(wildcard docs/*.md docs/*.svg))
EXAMPLES := $(sort $(wildcard docs/*.conf docs/*.conf.example docs/examples/*))
to = $(DESTDIR)$(1)/

# Its options come from the table that the parser uses (userspace/lib/options.def).
$(O)/docs/synward.conf.5: docs/synward.conf.5.in $(O)/synward
	$(Q)mkdir -p $(@D)
	$(call say,GEN,$@)$(O)/synward check-config --options-man > $@.options && \
		sed -e '/^@OPTIONS@$$/r $@.options' -e '/^@OPTIONS@$$/d' $< > $@.new && \
		mv $@.new $@ && rm $@.options

.PHONY: install man
man: $(MAN_PAGES)
install: all man
	$(Q)install -D -m 755 -t $(call to,$(SBINDIR)) $(PROGRAMS)
	$(Q)for page in $(MAN_PAGES); do \
		install -D -m 644 -t $(call to,$(MANDIR))man$${page##*.} $$page || exit 1; done
	$(Q)install -D -m 644 -t $(call to,$(DOCDIR))docs $(PAGES)
	$(Q)for file in $(EXAMPLES); do \
		install -D -m 644 -t $(call to,$(DOCDIR))examples $$file || exit 1; done
	$(Q)install -d -m 755 $(call to,$(UNITDIR)) $(call to,$(CONFDIR))
	$(Q)for unit in $(UNITS); do \
		sed -e 's|/usr/sbin|$(SBINDIR)|g' -e 's|/etc/synward|$(CONFDIR)|g' \
			scripts/$$unit > $(call to,$(UNITDIR))$$unit && \
		chmod 644 $(call to,$(UNITDIR))$$unit || exit 1; done
	$(Q)install -D -m 644 scripts/synward.sysusers $(call to,$(SYSUSERSDIR))synward.conf
	$(Q)install -D -m 644 scripts/synward.tmpfiles $(call to,$(TMPFILESDIR))synward.conf
	@$(if $(DESTDIR),:,echo 'Once, for the user and the folders of synwardd:'; \
		echo '  systemd-sysusers synward.conf && systemd-tmpfiles --create synward.conf'; \
		echo '  systemctl daemon-reload')

# Configuration, state and user are the operator's: they stay.
.PHONY: uninstall
uninstall:
	$(Q)rm -f $(foreach u,$(UNITS),$(call to,$(UNITDIR))$(u))
	$(Q)rm -f $(call to,$(SYSUSERSDIR))synward.conf $(call to,$(TMPFILESDIR))synward.conf
	$(Q)rm -f $(foreach p,$(PROGRAMS),$(call to,$(SBINDIR))$(notdir $(p)))
	$(Q)rm -f $(foreach m,$(MAN_PAGES),$(call to,$(MANDIR))man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	$(Q)rm -rf $(DESTDIR)$(DOCDIR)
