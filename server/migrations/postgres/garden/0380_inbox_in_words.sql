-- What two columns of the inbox mean by now.
comment on column inbox.lane is '0 waits for the pipeline; -1 could not be worked through and is kept aside until the next start.';
comment on column inbox.trust is 'What was found when the request was accepted: whether the sender is the brand (trusted) or the product itself (own), the call that the path named (type; none for a batch), and by their place in the batch the events that were rejected and those whose user id the brand signed (signed).';
