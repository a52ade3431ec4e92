-- Makes the database and its three roles; for psql, as a superuser, once. Safe to repeat.
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v api_password=… -v worker_password=… -f roles.sql
-- What the roles may do in the tables is in grants.sql, which the owner runs with every migration.
-- imgsrv_owner  owns the schema and migrates it (api --migrate-only); no process that serves uses it.
-- imgsrv_api    what answers HTTP.    imgsrv_worker    what runs jobs.
\if :{?database}
\else
  \set database imgsrv
\endif
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['imgsrv_owner', 'imgsrv_api', 'imgsrv_worker']) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE imgsrv_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE imgsrv_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'api_password';
ALTER ROLE imgsrv_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'worker_password';
SELECT format('CREATE DATABASE %I OWNER imgsrv_owner', :'database')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO imgsrv_api, imgsrv_worker;
\connect :"database"
ALTER SCHEMA public OWNER TO imgsrv_owner;
