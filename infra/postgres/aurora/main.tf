# The ledger on Aurora Serverless v2, for those whose data must stay in AWS. Neon is less work and costs less.
# ../../README.md says what it takes.
#
# Its certificate comes from an authority of Amazon's own, so the secret names that beside the address. RDS Proxy would
# show a public one, but refuses the timeout that functions set as they connect.

resource "random_password" "owner" {
  length = 40
  # It stands in an address.
  special = false
}

# The authorities for databases of this region. New ones are there before a database uses them.
data "http" "authority" {
  url = "https://truststore.pki.rds.amazonaws.com/${data.aws_region.here.region}/${data.aws_region.here.region}-bundle.pem"

  lifecycle {
    postcondition {
      condition     = self.status_code == 200
      error_message = "Amazon has no certificates for RDS at ${self.url}: it answers ${self.status_code}."
    }

    postcondition {
      condition     = startswith(trimspace(self.response_body), "-----BEGIN CERTIFICATE-----")
      error_message = "What ${self.url} holds does not begin with a certificate: look whether a proxy stands in between."
    }
  }
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
