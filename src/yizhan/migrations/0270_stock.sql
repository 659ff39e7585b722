-- The stock of SIM cards is looked at by delivery.
CREATE INDEX sim_card_of_batch ON sim_card (batch, state);
CREATE INDEX sim_card_of_customer ON sim_card (customer_id) WHERE customer_id IS NOT NULL;
