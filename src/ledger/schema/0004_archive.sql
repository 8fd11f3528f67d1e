-- Journals of another installation, as `export all` wrote them: kept to be read, part of no
-- balance here. seq is their order.
-- table: local
CREATE TABLE ledger_archive (
  id KEY,
  line TEXT NOT NULL
);
