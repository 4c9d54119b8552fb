-- Returned files are deleted after a day. The index finds them by age: in the row, `made_at` stands
-- behind the workbook, which would be read through to reach it.
CREATE INDEX returned_file_by_age ON returned_file (made_at);
