-- An event without a customer has customer 0. Nobody ever answered for that number: what stands there was written
-- when nameless survey answers took over the basis of their source.
delete from consent_current where customer_id = 0;
delete from consent_answers where customer_id = 0;
alter table consent_current add constraint consent_current_of_somebody check (customer_id > 0);
alter table consent_answers add constraint consent_answers_of_somebody check (customer_id > 0);
