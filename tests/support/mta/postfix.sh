# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Postfix for mta.sh: the one that is installed, or one that is unpacked.
# shellcheck disable=SC2034,SC2154 # what others use; what mta.sh, lab.sh and tap.sh set

postfix_root=

postfix_find() {
	[ -x /usr/lib/postfix/sbin/master ] && return
	mta_unpack postfix || return 1
	postfix_root=$mta_root/postfix
	export LD_LIBRARY_PATH=$postfix_root/usr/lib/postfix
	mta_runs "$postfix_root/usr/lib/postfix/sbin/smtpd"
}

postfix_log() {
	echo "$1/log"
}

# postfix_folders FOLDER: queue and data, as Postfix wants them
postfix_folders() {
	local folder=$1 name

	mkdir -p "$folder/etc" "$folder/data" "$folder/queue"
	for name in active bounce corrupt defer deferred flush hold incoming private saved trace; do
		mkdir -p "$folder/queue/$name"
	done
	chmod 700 "$folder/queue"/*
	mkdir -p "$folder/queue"/{pid,public,maildrop}
	chmod 710 "$folder/queue/public"
	chmod 730 "$folder/queue/maildrop"
	chmod 755 "$folder" "$folder/etc" "$folder/queue"
	chown -R news "$folder/data" "$folder/queue"/{active,bounce,corrupt,defer,deferred,flush,hold} \
		"$folder/queue"/{incoming,private,saved,trace,public,maildrop}
	chown root "$folder/queue" "$folder/queue/pid"
	chgrp operator "$folder/queue/public" "$folder/queue/maildrop"
}

# postfix_conf FOLDER HOST LINE...: main.cf, and a master.cf without what listens
postfix_conf() {
	local folder=$1 host=$2 bin=$postfix_root/usr/lib/postfix

	shift 2
	printf '%s\n' "compatibility_level = 3.6" "mail_owner = news" "setgid_group = operator" \
		"default_privs = nobody" "queue_directory = $folder/queue" "data_directory = $folder/data" \
		"daemon_directory = $bin/sbin" "command_directory = $postfix_root/usr/sbin" \
		"shlib_directory = $bin" "import_environment = LD_LIBRARY_PATH PATH TZ LANG=C MAIL_CONFIG POSTLOG_SERVICE POSTLOG_HOSTNAME" \
		"maillog_file = $folder/log" "maillog_file_prefixes = $folder" "myhostname = $host" \
		"alias_maps =" "alias_database =" "relay_domains =" "mynetworks = 127.0.0.0/8" \
		"smtpd_peername_lookup = no" "$@" > "$folder/etc/main.cf"
	cat > "$folder/etc/master.cf" <<-'MASTER'
		cleanup   unix  n - n - 0 cleanup
		qmgr      unix  n - n 2 1 qmgr
		rewrite   unix  - - n - - trivial-rewrite
		bounce    unix  - - n - 0 bounce
		defer     unix  - - n - 0 bounce
		trace     unix  - - n - 0 bounce
		verify    unix  - - n - 1 verify
		flush     unix  n - n 1000? 0 flush
		proxymap  unix  - - n - - proxymap
		error     unix  - - n - - error
		retry     unix  - - n - - error
		discard   unix  - - n - - discard
		smtp      unix  - - n - - smtp
		anvil     unix  - - n - 1 anvil
		scache    unix  - - n - 1 scache
		postlog   unix-dgram n - n - 1 postlogd
	MASTER
}

# postfix_run NAMESPACE FOLDER
postfix_run() {
	start_in "$1" "$2/out" "$postfix_root/usr/lib/postfix/sbin/master" -c "$2/etc" -d
	mta_pid=$started
	at_exit "kill \$(cat $2/queue/pid/master.pid) 2> /dev/null"
}

postfix_start() {
	local folder=$1

	shift
	postfix_folders "$folder"
	postfix_conf "$folder" mx.test "mydestination = mx.test" "recipient_delimiter = +" \
		"local_recipient_maps = inline:{ {good = x} }" "local_transport = discard" \
		"inet_interfaces = ${mta_on// /, }, 127.0.0.1" \
		"smtpd_client_event_limit_exceptions = static:all" \
		"smtpd_hard_error_limit = 1000" "smtpd_soft_error_limit = 1000" "smtpd_error_sleep_time = 0" \
		"smtpd_relay_restrictions = reject_unauth_destination" "$@"
	echo "smtp inet n - n - - smtpd" >> "$folder/etc/master.cf"
	postfix_run "$mta_ns" "$folder"
	mta_starts
}
