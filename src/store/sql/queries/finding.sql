-- One finding by its id.
SELECT document FROM base.finding WHERE id = $id ORDER BY document LIMIT 1
