-- Each import keeps its own words of a review, so that one which is taken back leaves those of the others.
alter table review_texts drop constraint review_texts_pkey;
alter table review_texts add primary key (record_key, import_id);
