#!/bin/sh
# Firefox as people have it: Playwright tells it to end as soon as one tab crashes, and some tests kill a tab to see what the others do.
unset MOZ_CRASHREPORTER_SHUTDOWN
exec "${LANDFALL_FIREFOX:-/usr/bin/firefox-esr}" "$@"
