# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sendmail for mta.sh. Its lines are for m4.
# shellcheck disable=SC2034,SC2154 # what others use; what mta.sh, lab.sh and tap.sh set

sendmail_find() {
	mta_why="m4 is not installed"
	command -v m4 > /dev/null || return 1
	mta_unpack sendmail-bin sendmail-cf libwrap0 || return 1
	sendmail=$mta_root/sendmail-bin/usr/libexec/sendmail/sendmail
	sendmail_libraries=$(echo "$mta_root"/libwrap0/usr/lib/*-linux-gnu*)
	# With a group of its own the loader would not look where its library is.
	chmod g-s "$sendmail" || return 1
	sendmail_cf=$mta_root/sendmail-cf/usr/share/sendmail/cf
	LD_LIBRARY_PATH=$sendmail_libraries mta_runs "$sendmail" && [ -d "$sendmail_cf" ]
}

sendmail_log() {
	echo "$1/log"
}

# sendmail_m4 FOLDER LINE...: sendmail.mc, and what m4 makes of it
sendmail_m4() {
	local folder=$1 address

	shift
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
			"define(\`confTO_IDENT', \`0')dnl" "define(\`confREFUSE_LA', \`1000')dnl" \
			"define(\`confQUEUE_LA', \`1000')dnl" "define(\`confDELAY_LA', \`1000')dnl" \
			"FEATURE(\`use_cw_file')dnl" "FEATURE(\`nocanonify')dnl" \
			"FEATURE(\`accept_unresolvable_domains')dnl" "FEATURE(\`accept_unqualified_senders')dnl" \
			"FEATURE(\`no_default_msa')dnl"
		for address in $mta_on; do
			[[ $address = *:* ]] \
				|| echo "DAEMON_OPTIONS(\`Name=MTA, Addr=$address, Port=25')dnl"
		done
		# What comes in whole sections (LOCAL_CONFIG and on) is to stand behind the mailers.
		printf '%s\n' "MAILER(\`local')dnl" "MAILER(\`smtp')dnl" "$@"
	} > "$folder/etc/sendmail.mc"
	m4 -D_CF_DIR_="$sendmail_cf/" "$sendmail_cf/m4/cf.m4" "$folder/etc/sendmail.mc" \
		> "$folder/etc/sendmail.cf" 2> "$folder/m4"
}

# IPv4 alone
sendmail_start() {
	local folder=$1

	shift
	mta_world "$folder" mx.test "${mta_on%% *}"
	mkdir -p "$folder/queue"
	chmod 700 "$folder/queue"
	echo "good: /dev/null" > "$folder/etc/aliases"
	echo "mx.test" > "$folder/etc/local-host-names"
	printf 'hosts files\naliases files\n' > "$folder/etc/switch"
	sendmail_m4 "$folder" "$@" || return 1
	# Where its own name has no dot it waits for a minute.
	cat > "$folder/mounts" <<-MOUNTS
		mount -t tmpfs -o mode=700 none $folder/queue
		$sendmail -C $folder/etc/sendmail.cf -bi > $folder/newaliases
	MOUNTS
	LD_LIBRARY_PATH=$sendmail_libraries mta_in "$mta_ns" "$folder" "$sendmail" -L sm-mta -C "$folder/etc/sendmail.cf" -bD -q1h
	mta_on=${mta_on%% *} mta_starts
}
