# Redress: what a developer types. `make` alone says what there is.

# builds use the checked-in query data, and need no database
export SQLX_OFFLINE = true

SETUP = config/development/setup.sh

help:
	@echo "make demo      the main job on private servers, with mail to watch; Ctrl-C ends it"
	@echo "               ONCE=1: ends by itself, status 0 if all came true"
	@echo "               DEMO_MAIL=DIR: sends the .eml files of a folder instead; JSON=1: a line of figures"
	@echo "make test      every test, on private servers"
	@echo "make soak      the tests that take long: every byte of every wire, ten minutes of random deaths, 100,000 mails"
	@echo "make bench     messages a second from mailbox to acknowledgement; MAILDIR=DIR, JSON=1"
	@echo "make check     format, lints, query data, and supply where cargo deny is installed"
	@echo "make year      a year of a company with 20,000 complaints, its promises and reviews checked; COMPLAINTS=N, SEED=N, JSON=1"
	@echo "make queries   renews the checked-in query data after a change of SQL (needs cargo sqlx)"
	@echo "make fuzz      feeds the reader of mail with anything; TARGET=reading|new_text|address|standing, SECONDS=60 (needs cargo fuzz)"
	@echo "make deny      what comes into the program: licences, sources, known faults (needs cargo deny)"
	@echo "make unit      checks the systemd unit"

demo:
	@$(SETUP) demo
	@cargo build --release --quiet
	@target/release/redress demo $(if $(ONCE),--once) $(if $(DEMO_MAIL),--mail "$(DEMO_MAIL)") $(if $(JSON),--json)

test:
	@$(SETUP) test
	cargo test --no-fail-fast

soak:
	@$(SETUP) test
	cargo test --no-fail-fast --test promises -- --ignored --nocapture --test-threads=2

bench:
	@$(SETUP) demo
	@cargo bench --quiet --bench pipeline -- $(if $(MAILDIR),--maildir "$(MAILDIR)") $(if $(JSON),--json)

year:
	@$(SETUP) demo
	@cargo bench --quiet --bench pipeline -- --year $(if $(COMPLAINTS),--complaints $(COMPLAINTS)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json)

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	config/development/queries.sh check
	config/development/deny.sh check

deny:
	config/development/deny.sh

queries:
	config/development/queries.sh prepare

fuzz:
	cargo +nightly fuzz run --fuzz-dir tests/fuzz $(or $(TARGET),reading) -- -max_total_time=$(or $(SECONDS),60) -rss_limit_mb=1024 -timeout=10

unit:
	systemd-analyze verify config/redress.service
	systemd-analyze security --offline=yes config/redress.service

.PHONY: help demo test soak bench year check deny queries fuzz unit
