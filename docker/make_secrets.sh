#!/bin/sh
# Makes the secrets of compose.yaml, one file each, in the folder `secrets` beside it. What is there stays as it is.
#
# The folder is the owner's alone. The files can be read by all, since the users of the containers must read them.
set -eu
umask 077
folder=$(dirname "$0")/../secrets
mkdir -p "$folder"
cd "$folder"

write() { # FILE TEXT
    [ -e "$1" ] && return
    printf '%s' "$2" >"$1"
    chmod 0444 "$1"
    echo "made secrets/$1"
}

make() { od -An -N32 -v -tx1 /dev/urandom | tr -d ' \n'; }

write postgres_password "$(make)"
write prefect_database_password "$(make)"
write ledger_database_password "$(make)"
write ledger_key "$(make)"
write prefect_auth "admin:$(make)"
write redis_password "$(make)"
password=$(cat redis_password)
write redis.conf "requirepass $password"
write redis_messages_url "redis://:$password@redis:6379/0"
write redis_docket_url "redis://:$password@redis:6379/1"
echo "Keep a copy of secrets/ledger_key in another place: without it nobody can open the ledger."
