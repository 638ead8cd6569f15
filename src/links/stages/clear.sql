DELETE FROM base.entity;
DELETE FROM base.link;
DELETE FROM base.release;
