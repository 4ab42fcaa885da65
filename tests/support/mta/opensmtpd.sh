# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# OpenSMTPD for mta.sh. Its lines are for smtpd.conf, behind what is said there of recipients;
# what is in $opensmtpd_listen is added to each listener.
# shellcheck disable=SC2034,SC2154 # what others use; what mta.sh, lab.sh and tap.sh set

opensmtpd_listen=

opensmtpd_find() {
	mta_unpack opensmtpd || return 1
	opensmtpd=$mta_root/opensmtpd/usr/sbin/smtpd
	mta_runs "$opensmtpd"
}

opensmtpd_log() {
	echo "$1/log"
}

# opensmtpd_run NAMESPACE FOLDER OPTION...: after mta_world. Where its spool and its socket, in /run,
# are was compiled in
opensmtpd_run() {
	local ns=$1 folder=$2

	shift 2
	cat > "$folder/mounts" <<-MOUNTS
		mount -t tmpfs -o mode=755 none /var/spool
		mkdir -m 711 /var/spool/smtpd
		mount -t tmpfs -o mode=755 none /var/lib
		mkdir -p /var/lib/opensmtpd/empty
		mkdir -p $folder/run
		mount -t tmpfs -o mode=755 none $folder/run
		for ours in /run/synward-*; do
			mkdir "$folder/run/\${ours##*/}"
			mount --bind "\$ours" "$folder/run/\${ours##*/}"
		done
		mount --rbind $folder/run /run
		[ ! -e /etc/mailname ] || mount --bind $folder/etc/mailname /etc/mailname
	MOUNTS
	# -F: in the foreground, and still to syslog
	mta_in "$ns" "$folder" "$opensmtpd" -F -f "$folder/etc/smtpd.conf" "$@"
}

opensmtpd_start() {
	local folder=$1 address

	shift
	mta_world "$folder" mx.test "${mta_on%% *}"
	echo mx.test > "$folder/etc/mailname"
	{
		echo 'table users { good = "65534:65534:/" }'
		printf '%s\n' "$@"
		for address in $mta_on; do
			echo "listen on $address hostname mx.test $opensmtpd_listen"
		done
		echo 'action "local" maildir userbase <users>'
		echo 'match from any for domain "mx.test" action "local"'
	} > "$folder/etc/smtpd.conf"
	opensmtpd_run "$mta_ns" "$folder" -P mda # what is delivered would be delivered here
	mta_starts
}
