#!/bin/sh
# Compiles a crate of this repository; cargo passes the compiler and its arguments.
#
# Clippy lints a library's code together with its tests, since their build contains all of it. The build of the library alone
# would only repeat that, so rustc does it.
case " $* " in
*" --test "*) exec clippy-driver "$@" ;;
*" --crate-type lib "*) exec "$@" ;;
*) exec clippy-driver "$@" ;;
esac
