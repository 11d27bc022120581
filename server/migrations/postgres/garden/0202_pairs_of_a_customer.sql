-- How many pairs a customer is in says whether a name that it shares is evidence still: asked for the customers of every batch.
create index merge_proposals_b on merge_proposals (customer_b);
