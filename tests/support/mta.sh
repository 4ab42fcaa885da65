# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# mta - mail servers for tests, with configuration, queue and users of their own: nothing of the
# machine's is read, written or stopped. Source it after lab.sh.
#
# Debian lets only one of them be installed; the others are unpacked below $O/mta, which
# needs a network the first time.
# shellcheck disable=SC2154 # what lab.sh and tap.sh set

mta_root=$O/mta

# mta_unpack PACKAGE...: below $mta_root/PACKAGE; fails when they cannot be had
mta_unpack() {
	local package

	for package in "$@"; do
		[ ! -d "$mta_root/$package" ] || continue
		mkdir -p "$mta_root/.new" && rm -f "$mta_root/.new/"*.deb || return 1
		(cd "$mta_root/.new" && apt-get download -q "$package") > "$work/download" 2>&1 || return 1
		dpkg -x "$mta_root/.new/$package"_*.deb "$mta_root/$package.new" \
			&& mv "$mta_root/$package.new" "$mta_root/$package" || return 1
	done
	rm -rf "$mta_root/.new"
}

# answers ADDRESS: is there a server on port 25 of the MX?
mta_answers() {
	in_ns "$senders" python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 25), 2)
sys.exit(s.recv(3) != b"220")' "$1"
}

# ---- Postfix ----

postfix_root=

# postfix_find: where it is; fails when it is nowhere
postfix_find() {
	[ -x /usr/lib/postfix/sbin/master ] && return
	mta_unpack postfix || return 1
	postfix_root=$mta_root/postfix
	export LD_LIBRARY_PATH=$postfix_root/usr/lib/postfix
}

# postfix_start FOLDER [LINE...]: in the MX, on $mx4 and $mx6, which is mx.test; the lines
# are for main.cf. Only good@mx.test and those good+... exist, and mail for them is thrown away.
postfix_start() {
	local folder=$1 bin=$postfix_root/usr/lib/postfix name

	shift
	mkdir -p "$folder/etc" "$folder/data" "$folder/queue"
	for name in active bounce corrupt defer deferred flush hold incoming private saved trace; do
		mkdir -p "$folder/queue/$name"
	done
	chmod 700 "$folder/queue"/*
	mkdir -p "$folder/queue"/{pid,public,maildrop}
	chmod 710 "$folder/queue/public"
	chmod 730 "$folder/queue/maildrop"
	chmod 755 "$work" "$folder" "$folder/etc" "$folder/queue"
	printf '%s\n' "compatibility_level = 3.6" "mail_owner = news" "setgid_group = operator" \
		"default_privs = nobody" "queue_directory = $folder/queue" "data_directory = $folder/data" \
		"daemon_directory = $bin/sbin" "command_directory = $postfix_root/usr/sbin" \
		"shlib_directory = $bin" "import_environment = LD_LIBRARY_PATH PATH TZ LANG=C MAIL_CONFIG POSTLOG_SERVICE POSTLOG_HOSTNAME" \
		"maillog_file = $folder/log" "maillog_file_prefixes = $folder" "myhostname = mx.test" \
		"mydestination = mx.test" "recipient_delimiter = +" "alias_maps =" "alias_database =" \
		"local_recipient_maps = inline:{ {good = x} }" "local_transport = discard" \
		"relay_domains =" "mynetworks = 127.0.0.0/8" "inet_interfaces = $mx4, $mx6, 127.0.0.1" \
		"smtpd_peername_lookup = no" "smtpd_client_event_limit_exceptions = static:all" \
		"smtpd_hard_error_limit = 1000" "smtpd_soft_error_limit = 1000" "smtpd_error_sleep_time = 0" \
		"smtpd_relay_restrictions = reject_unauth_destination" "$@" > "$folder/etc/main.cf"
	cat > "$folder/etc/master.cf" <<-'MASTER'
		smtp      inet  n - n - - smtpd
		cleanup   unix  n - n - 0 cleanup
		qmgr      unix  n - n 300 1 qmgr
		rewrite   unix  - - n - - trivial-rewrite
		bounce    unix  - - n - 0 bounce
		defer     unix  - - n - 0 bounce
		trace     unix  - - n - 0 bounce
		verify    unix  - - n - 1 verify
		flush     unix  n - n 1000? 0 flush
		proxymap  unix  - - n - - proxymap
		error     unix  - - n - - error
		discard   unix  - - n - - discard
		anvil     unix  - - n - 1 anvil
		scache    unix  - - n - 1 scache
		postlog   unix-dgram n - n - 1 postlogd
	MASTER
	chown -R news "$folder/data" "$folder/queue"/{active,bounce,corrupt,defer,deferred,flush,hold} \
		"$folder/queue"/{incoming,private,saved,trace,public,maildrop}
	chown root "$folder/queue" "$folder/queue/pid"
	chgrp operator "$folder/queue/public" "$folder/queue/maildrop"
	start_in "$mx" "$work/postfix.out" "$bin/sbin/master" -c "$folder/etc" -d
	wait_until 20 mta_answers "$mx4"
}

# ---- Sendmail ----

# sendmail_find: unpack what is needed of it; fails when it cannot be had
sendmail_find() {
	command -v m4 > /dev/null || return 1
	mta_unpack sendmail-bin sendmail-cf libwrap0 || return 1
	sendmail=$mta_root/sendmail-bin/usr/libexec/sendmail/sendmail
	sendmail_libraries=$(echo "$mta_root"/libwrap0/usr/lib/*-linux-gnu*)
	# With a group of its own the loader would not look where its library is.
	chmod g-s "$sendmail" || return 1
	sendmail_cf=$mta_root/sendmail-cf/usr/share/sendmail/cf
	[ -x "$sendmail" ] && [ -d "$sendmail_cf" ]
}

# sendmail_start FOLDER [LINE...]: likewise; the lines are for m4
sendmail_start() {
	local folder=$1

	shift
	mkdir -p "$folder/queue" "$folder/etc"
	chmod 700 "$folder/queue"
	chmod 755 "$work" "$folder" "$folder/etc"
	echo "good: /dev/null" > "$folder/etc/aliases"
	echo "mx.test" > "$folder/etc/local-host-names"
	printf 'hosts files\naliases files\n' > "$folder/etc/switch"
	printf '127.0.0.1 localhost\n%s mx.test\n' "$mx4" > "$folder/etc/hosts"
	{
		printf '%s\n' "divert(-1)" "divert(0)dnl" "define(\`_USE_ETC_MAIL_')dnl" \
			"OSTYPE(\`linux')dnl" "define(\`confDOMAIN_NAME', \`mx.test')dnl" \
			"define(\`ALIAS_FILE', \`hash:$folder/etc/aliases')dnl" \
			"define(\`QUEUE_DIR', \`$folder/queue')dnl" \
			"define(\`confPID_FILE', \`$folder/pid')dnl" \
			"define(\`STATUS_FILE', \`/dev/null')dnl" \
			"define(\`confCW_FILE', \`$folder/etc/local-host-names')dnl" \
			"define(\`confSERVICE_SWITCH_FILE', \`$folder/etc/switch')dnl" \
			"define(\`confHOSTS_FILE', \`$folder/etc/hosts')dnl" \
			"define(\`confDELIVERY_MODE', \`queueonly')dnl" \
			"define(\`confDONT_BLAME_SENDMAIL', \`AssumeSafeChown')dnl" \
			"define(\`confBAD_RCPT_THROTTLE', \`0')dnl" \
			"define(\`confMAX_RCPTS_PER_MESSAGE', \`0')dnl" \
			"define(\`confTO_IDENT', \`0')dnl" \
			"FEATURE(\`use_cw_file')dnl" "FEATURE(\`nocanonify')dnl" \
			"FEATURE(\`accept_unresolvable_domains')dnl" "FEATURE(\`accept_unqualified_senders')dnl" \
			"FEATURE(\`no_default_msa')dnl" \
			"DAEMON_OPTIONS(\`Name=MTA, Addr=$mx4, Port=25')dnl" "$@" \
			"MAILER(\`local')dnl" "MAILER(\`smtp')dnl"
	} > "$folder/etc/sendmail.mc"
	m4 -D_CF_DIR_="$sendmail_cf/" "$sendmail_cf/m4/cf.m4" "$folder/etc/sendmail.mc" \
		> "$folder/etc/sendmail.cf" 2> "$folder/m4" || return 1
	LD_LIBRARY_PATH=$sendmail_libraries "$sendmail" -C "$folder/etc/sendmail.cf" -bi > "$folder/newaliases" 2>&1 || return 1
	# It asks for its own name before anything else: a name of its own, and no DNS.
	echo "hosts: files" > "$folder/etc/nsswitch.conf"
	cat > "$folder/run" <<-RUN
		hostname mx.test
		mount --bind $folder/etc/hosts /etc/hosts
		mount --bind $folder/etc/nsswitch.conf /etc/nsswitch.conf
		exec $sendmail -C $folder/etc/sendmail.cf -bD -q1h
	RUN
	start_in "$mx" "$work/sendmail.out" env "LD_LIBRARY_PATH=$sendmail_libraries" \
		unshare --uts --mount sh -e "$folder/run"
	wait_until 20 mta_answers "$mx4"
}
