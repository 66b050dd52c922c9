#!/bin/sh
# Stands for the person's desktop: the test opens the address in their browser.
exec curl --silent --show-error --get --data-urlencode "address=$1" "$DESKTOP"
