-- Run once, by the image of PostgreSQL, when its volume is empty: a database for the Prefect server and one for the
-- ledger, each with an owner of its own who cannot open the other.
\set prefect_password `cat /run/secrets/prefect_database_password`
\set ledger_password `cat /run/secrets/ledger_database_password`

CREATE ROLE prefect LOGIN PASSWORD :'prefect_password';
CREATE DATABASE prefect OWNER prefect;
REVOKE ALL ON DATABASE prefect FROM PUBLIC;

CREATE ROLE mailroom LOGIN PASSWORD :'ledger_password';
CREATE DATABASE mailroom OWNER mailroom;
REVOKE ALL ON DATABASE mailroom FROM PUBLIC;
