-- The product itself and the imports each write as one source of their own: found, or made once.
create unique index sources_own on sources (kind) where kind in ('internal', 'import');
