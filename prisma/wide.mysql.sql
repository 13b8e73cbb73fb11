-- The tables of wide.prisma as Prisma makes them in MySQL: the DDL engine at hand does not know it.
CREATE TABLE `wide ?, $1; (table)` (
    `id` INTEGER NOT NULL AUTO_INCREMENT,
    `an int?` INTEGER NULL,
    `big $1` BIGINT NULL,
    `select` DOUBLE NULL,
    `decimal` DECIMAL(65, 30) NULL,
    `is it, now` BOOLEAN NULL,
    `it's` VARCHAR(191) NULL,
    `at` DATETIME(3) NULL,
    `(bytes)` LONGBLOB NULL,
    `a.json` JSON NULL,
    `--mood` ENUM('so, "happy" $1?', 'SAD') NULL,
    `needed` VARCHAR(191) NOT NULL DEFAULT 'it''s /* \\ */ "so"',
    `small` SMALLINT NULL,
    `natural` INTEGER UNSIGNED NULL,
    `huge` BIGINT UNSIGNED NULL,
    `real` FLOAT NULL,
    `money` DECIMAL(8, 2) NULL,
    `short` VARCHAR(5) NULL,
    `long` LONGTEXT NULL,
    `seconds` DATETIME(0) NULL,
    `micro` DATETIME(6) NULL,
    `day` DATE NULL,
    `moment` TIMESTAMP(3) NULL,
    `binary` VARBINARY(8) NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Defaults` (
    `id` VARCHAR(191) NOT NULL,
    `cuid2` VARCHAR(191) NOT NULL,
    `uuid` VARCHAR(191) NOT NULL,
    `uuid7` VARCHAR(191) NOT NULL,
    `nano` VARCHAR(191) NOT NULL,
    `nano5` VARCHAR(191) NOT NULL,
    `ulid` VARCHAR(191) NOT NULL,
    `now` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    `changed` DATETIME(3) NOT NULL,
    `int` INTEGER NOT NULL DEFAULT -7,
    `big` BIGINT NOT NULL DEFAULT 9007199254740993,
    `float` DOUBLE NOT NULL DEFAULT 1.5,
    `decimal` DECIMAL(65, 30) NOT NULL DEFAULT 0.125,
    `bool` BOOLEAN NOT NULL DEFAULT true,
    `text` VARCHAR(191) NOT NULL DEFAULT '',
    `at` DATETIME(3) NOT NULL DEFAULT '2001-02-03 04:05:06.789',
    `bytes` LONGBLOB NOT NULL,
    `json` JSON NOT NULL,
    `mood` ENUM('so, "happy" $1?', 'SAD') NOT NULL DEFAULT 'so, "happy" $1?',
    `note` VARCHAR(191) NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Parent` (
    `code` VARCHAR(191) NOT NULL,
    `e mail` VARCHAR(191) NULL,
    `must` VARCHAR(191) NULL,
    `positive` INTEGER NULL,
    `short` VARCHAR(5) NULL,
    `money` DECIMAL(4, 2) NULL,
    `small` SMALLINT NULL,

    UNIQUE INDEX `Parent_e mail_key`(`e mail`),
    PRIMARY KEY (`code`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Child` (
    `a` INTEGER NOT NULL,
    `b` VARCHAR(191) NOT NULL,
    `at` DATETIME(3) NOT NULL,
    `label` VARCHAR(191) NULL,
    `rev` INTEGER NOT NULL DEFAULT 0,
    `owner` VARCHAR(191) NULL,

    UNIQUE INDEX `one label`(`label`, `rev`),
    PRIMARY KEY (`a`, `b`, `at`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `zebras, odd` (
    `zebra id` INTEGER NOT NULL,

    PRIMARY KEY (`zebra id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Herd` (
    `herd name` VARCHAR(191) NOT NULL,

    PRIMARY KEY (`herd name`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Eight` (
    `id` INTEGER NOT NULL,
    `name` VARCHAR(191) NOT NULL,
    `kind` VARCHAR(191) NOT NULL,
    `count` INTEGER NOT NULL,
    `done` BOOLEAN NOT NULL,
    `big` BIGINT NOT NULL,
    `price` DECIMAL(65, 30) NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_friends` (
    `A` INTEGER NOT NULL,
    `B` INTEGER NOT NULL,

    UNIQUE INDEX `_friends_AB_unique`(`A`, `B`),
    INDEX `_friends_B_index`(`B`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_HerdToZebra` (
    `A` VARCHAR(191) NOT NULL,
    `B` INTEGER NOT NULL,

    UNIQUE INDEX `_HerdToZebra_AB_unique`(`A`, `B`),
    INDEX `_HerdToZebra_B_index`(`B`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE `Child` ADD CONSTRAINT `Child_owner_fkey` FOREIGN KEY (`owner`) REFERENCES `Parent`(`code`) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE `_friends` ADD CONSTRAINT `_friends_A_fkey` FOREIGN KEY (`A`) REFERENCES `zebras, odd`(`zebra id`) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE `_friends` ADD CONSTRAINT `_friends_B_fkey` FOREIGN KEY (`B`) REFERENCES `zebras, odd`(`zebra id`) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE `_HerdToZebra` ADD CONSTRAINT `_HerdToZebra_A_fkey` FOREIGN KEY (`A`) REFERENCES `Herd`(`herd name`) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE `_HerdToZebra` ADD CONSTRAINT `_HerdToZebra_B_fkey` FOREIGN KEY (`B`) REFERENCES `zebras, odd`(`zebra id`) ON DELETE CASCADE ON UPDATE CASCADE;
