-- The checks of the signatures on a statement, the best one first. The document is what the contracts print.
SELECT document FROM base.signature WHERE statement = $statement ORDER BY rank, file_id, "offset"
