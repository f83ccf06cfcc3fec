-- Run once, on an empty server: a role for each service with a password of its own, none a superuser,
-- and the two databases. psql variables: web, server, worker, migrate (passwords; empty means none).
CREATE ROLE web LOGIN PASSWORD :'web';
CREATE ROLE server LOGIN PASSWORD :'server';
CREATE ROLE worker LOGIN PASSWORD :'worker';
CREATE ROLE migrate LOGIN PASSWORD :'migrate';

CREATE DATABASE prefect OWNER server;
CREATE DATABASE campaigns OWNER migrate;
REVOKE ALL ON DATABASE prefect, campaigns, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE campaigns TO web, server, worker;
GRANT TEMPORARY ON DATABASE campaigns TO worker; -- for simulations, which nobody keeps

\connect campaigns
ALTER SCHEMA public OWNER TO migrate;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO web, server, worker;
