# The ledger on Aurora Serverless v2, for those whose data must stay in AWS. Neon is less work and costs less.
#
# The functions cannot use it as they are. Aurora's certificate comes from an authority of Amazon's own
# (rds-ca-rsa2048-g1), and the functions trust the public ones alone. RDS Proxy shows a public one, but refuses the
# timeout that functions set as they connect. README.md says what must change first.

resource "random_password" "owner" {
  length = 40
  # It stands in an address.
  special = false
}

resource "aws_db_subnet_group" "ledger" {
  name       = "${var.name}-ledger"
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_rds_cluster_parameter_group" "ledger" {
  name        = "${var.name}-ledger"
  family      = "aurora-postgresql${split(".", var.engine_version)[0]}"
  description = "No connection without TLS"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_rds_cluster" "ledger" {
  #checkov:skip=CKV_AWS_162:The functions know a password; a token of IAM's would have to be fetched for every connection.
  #checkov:skip=CKV_AWS_327:AWS's own key encrypts it. Whoever may read the password reads it all, with any key.
  #checkov:skip=CKV2_AWS_8:Its own backups go back as far as var.backup_days says.
  #checkov:skip=CKV2_AWS_27:The statements of the ledger are in the sources. Logged, they would cost and show addresses.
  cluster_identifier = "${var.name}-ledger"
  engine             = "aurora-postgresql"
  engine_mode        = "provisioned" # Serverless v2 is this one.
  engine_version     = var.engine_version

  database_name   = "helpdesk"
  master_username = "helpdesk"
  # Not managed by AWS, which would change it every week while the secret of the stack keeps the old one.
  master_password = random_password.owner.result

  db_subnet_group_name            = aws_db_subnet_group.ledger.name
  vpc_security_group_ids          = [aws_security_group.ledger.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.ledger.name

  serverlessv2_scaling_configuration {
    min_capacity = var.capacity.least
    max_capacity = var.capacity.most
  }

  storage_encrypted               = true
  backup_retention_period         = var.backup_days
  copy_tags_to_snapshot           = true
  enabled_cloudwatch_logs_exports = ["postgresql"]

  # It holds what was done for which mail.
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-ledger-last"

  lifecycle {
    # AWS raises the minor version by itself.
    ignore_changes = [engine_version]
  }
}

resource "aws_rds_cluster_instance" "ledger" {
  #checkov:skip=CKV_AWS_118:Metrics by the second cost more than the instance tells.
  #checkov:skip=CKV_AWS_354:AWS's own key encrypts them.
  identifier         = "${var.name}-ledger-1"
  cluster_identifier = aws_rds_cluster.ledger.id
  engine             = aws_rds_cluster.ledger.engine
  instance_class     = "db.serverless"

  publicly_accessible          = false
  auto_minor_version_upgrade   = true
  performance_insights_enabled = true
  ca_cert_identifier           = "rds-ca-rsa2048-g1"
  copy_tags_to_snapshot        = true
}
