#!/bin/sh
# Puts each secret that is mounted under the name of a setting into the environment, then starts the command.
# Neither Prefect nor libpq reads all of them from files.
set -eu

for file in /run/secrets/*; do
    name=${file##*/}
    case $name in
        *[!A-Z0-9_]*) ;;
        *)
            # On a line of its own: here a file that cannot be read ends the script.
            value=$(cat "$file")
            export "$name=$value"
            ;;
    esac
done
exec "$@"
