DELETE FROM base.entity;
DELETE FROM base.every_link;
DELETE FROM base.release;
