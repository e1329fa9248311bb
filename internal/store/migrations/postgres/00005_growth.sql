-- +goose Up

-- The deals of a company, with what a search in them looks at: the other company and the title.
CREATE INDEX deal_bought ON deal_view (buyer, id, seller, folded);
CREATE INDEX deal_sold ON deal_view (seller, id, buyer, folded);
-- safe: deal_bought begins as this one does
DROP INDEX deal_of_buyer;
-- safe: deal_sold begins as this one does
DROP INDEX deal_of_seller;

-- What a company owes is found by its open deals: an index by company would be written with
-- every command, on a page for each company. The house is no party of a deal, and has its own.
CREATE INDEX duty_of_house ON duty (due_at) WHERE party = '';
-- safe: the release before finds the duties of a company by walking through all duties, which are those of open deals only
DROP INDEX duty_of_party;
