-- Where each rate was read, and from which earlier card it was carried over, so that a price can be checked.
ALTER TABLE rates ADD COLUMN source text NOT NULL DEFAULT '';
