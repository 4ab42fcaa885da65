# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# mta - mail servers for tests: Postfix, Exim, Sendmail, OpenSMTPD. Source it after lab.sh.
#
# Each has configuration, queue, users and a log of its own: nothing of the machine's is read,
# written or stopped. Debian lets only one of them be installed; the others are unpacked below
# $O/mta, for which packages are fetched once. One file for each in tests/support/mta, with
#
#   NAME_find                     can it be had? If not, $mta_why says why
#   NAME_start FOLDER [LINE...]   a server in $mta_ns, mx.test, on the addresses in $mta_on. Of its
#                                 users there is good@mx.test, and good+...@mx.test, whose mail is
#                                 thrown away. The lines are for its configuration
#   NAME_log FOLDER               where its log is
#   NAME_client FOLDER PORT SOURCE [LINE...]   a mail server of the senders (mta/client.sh)
#
# FOLDER is one that mta_folder made: Sendmail believes no file below /tmp.
# shellcheck disable=SC2034,SC2154 # what others use; what lab.sh and tap.sh set

mta_root=$O/mta
mta_on="$mx4 $mx6"
mta_ns=$mx
mta_seen= # addresses that senders reach it at, where those are others
mta_why=
mta_pid= # of the last one that was started

# mta_unpack PACKAGE...: below $mta_root/PACKAGE; fails when they cannot be had
mta_unpack() {
	local package

	mkdir -p "$mta_root/debs" || return 1
	# Scripts run beside one another.
	for package in "$@"; do
		flock "$mta_root/lock" bash -c "$(declare -f mta_unpack_one); mta_unpack_one \"\$@\"" \
			sh "$mta_root" "$package" > "$work/unpack" 2>&1 && continue
		mta_why="$package cannot be had: $(tail -n 1 "$work/unpack")"
		return 1
	done
}

# shellcheck disable=SC2317 # called by name
mta_unpack_one() {
	local new=$1/debs/new

	[ ! -d "$1/$2" ] || return 0
	if ! compgen -G "$1/debs/$2_*.deb"; then
		rm -rf "$new" && mkdir "$new" && cd "$new" && apt-get download -q "$2" \
			&& mv "$2"_*.deb "$1/debs/" || return 1
	fi
	rm -rf "${1:?}/$2.new" && dpkg -x "$1/debs/$2"_*.deb "$1/$2.new" && mv "$1/$2.new" "$1/$2"
}

# mta_runs PROGRAM: does the loader find what it needs?
mta_runs() {
	mta_why=$(ldd "$1" 2>&1 | sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1 is not installed/p' | head -n 1)
	[ -x "$1" ] && [ -z "$mta_why" ]
}

# mta_folder NAME: a new folder, in $folder
mta_folder() {
	folder=$(mktemp -d "/run/synward-$1.XXXXXX") || exit 1
	at_exit "rm -rf $folder"
	chmod 755 "$folder"
	mkdir -p "$folder/etc"
}

# mta_answers ADDRESS [PORT]: is there a mail server, as the senders see it?
mta_answers() {
	# shellcheck disable=SC2016 # for the other shell
	in_ns "$senders" timeout 3 bash -c \
		'exec 3<> "/dev/tcp/$1/$2" && read -r -n 3 -t 2 code <&3 && [ "$code" = 220 ]' bash "$1" "${2:-25}"
}

# ---- a machine of its own ----

# mta_user NAME NUMBER FOLDER: a user and a group that the machine may not have
mta_user() {
	grep -q "^$1:" "$3/etc/passwd" || echo "$1:x:$2:$2::/:/usr/sbin/nologin" >> "$3/etc/passwd"
	grep -q "^$1:" "$3/etc/group" || echo "$1:x:$2:" >> "$3/etc/group"
}

# mta_world FOLDER HOST ADDRESS: what is below /etc and /dev for programs that mta_in starts there:
# that name, no DNS, users of its own, and a syslog whose lines go to FOLDER/log
mta_world() {
	local file=$1/etc node

	printf '127.0.0.1 localhost\n%s %s\n' "$3" "$2" > "$file/hosts"
	printf 'hosts: files\npasswd: files\ngroup: files\n' > "$file/nsswitch.conf"
	printf 'lookup file\nnameserver 127.0.0.1\noptions timeout:1 attempts:1\n' > "$file/resolv.conf"
	cat /etc/passwd > "$file/passwd"
	cat /etc/group > "$file/group"
	mta_user Debian-exim 61001 "$1"
	mta_user opensmtpd 61002 "$1"
	mta_user opensmtpq 61003 "$1"
	mkdir -p "$1/dev/shm"
	for node in null zero full random urandom tty; do
		: > "$1/dev/$node"
	done
	ln -sfn /proc/self/fd "$1/dev/fd"
	: > "$1/log"
	start_in "$mx" "$1/syslog.out" python3 "$TOP/tests/support/syslog.py" "$1/dev/log" "$1/log" mx
	{
		echo "hostname $2"
		for node in hosts nsswitch.conf resolv.conf passwd group; do
			echo "[ ! -e /etc/$node ] || mount --bind $1/etc/$node /etc/$node"
		done
		for node in null zero full random urandom tty; do
			echo "mount --bind /dev/$node $1/dev/$node"
		done
		echo "mount --rbind $1/dev /dev"
	} > "$1/world"
	wait_until 10 test -S "$1/dev/log"
}

# mta_in NAMESPACE FOLDER COMMAND...: start it there, after FOLDER/world and FOLDER/mounts; $mta_pid
mta_in() {
	local ns=$1 folder=$2

	shift 2
	touch "$folder/mounts"
	# shellcheck disable=SC2016 # for the other shell
	start_in "$ns" "$folder/out" unshare --uts --mount sh -ec \
		'folder=$1; shift; . "$folder/world"; . "$folder/mounts"; exec "$@"' sh "$folder" "$@"
	mta_pid=$started
}

# mta_stop PID: that of a server's $mta_pid
mta_stop() {
	kill "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

# mta_starts: wait until the server answers on all its addresses
mta_starts() {
	local address

	for address in ${mta_seen:-$mta_on}; do
		wait_until 20 mta_answers "$address" || return 1
	done
}

# mta_failed NAME FOLDER: a test that failed, with what it said
mta_failed() {
	not_ok "$1 starts" "$(tail -n 15 "$2/out" "$2/log" "$2"/logs/* "$2/m4" 2> /dev/null)"
}

for mta_file in postfix exim sendmail opensmtpd client; do
	# shellcheck source=/dev/null
	. "$TOP/tests/support/mta/$mta_file.sh"
done
