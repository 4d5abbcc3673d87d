# The network that Aurora needs, and with it every function: a database in private subnets is reached from inside
# alone. A function inside has no way to the internet of its own, and every one of them calls Gmail, Gemini, Odoo,
# Slack, Qdrant or an API of AWS. So there is a NAT gateway.
#
# It costs about 33 USD a month in us-east-1, and 0.045 USD a gigabyte. VPC endpoints (S3's costs nothing and is
# here; those of SQS, SNS and Secrets Manager cost about 7 USD a month in each zone) only spare gigabytes: they lead to
# AWS, and the others are not there.

data "aws_availability_zones" "here" {
  #checkov:skip=CKV_AWS_394:Subnets stay in the zone that they were made in.
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_region" "here" {}

locals {
  zones = slice(data.aws_availability_zones.here.names, 0, 2)

  # Sixteen parts of the network. Two for the database and the functions, one for the gateway.
  parts = [for number in range(16) : cidrsubnet(var.network, 4, number)]
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:Flow logs cost by the gigabyte. What functions call is in their own log.
  cidr_block           = var.network
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# The group that AWS makes by itself lets its members talk to each other. Emptied, so that nothing uses it unseen.
resource "aws_default_security_group" "unused" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = local.parts[count.index]

  tags = { Name = "${var.name}-private-${count.index + 1}" }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = length(local.zones)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${data.aws_region.here.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]

  tags = { Name = "${var.name}-s3" }
}

# The way out. One gateway in one zone: where that zone fails mails wait, and no mail is lost.

resource "aws_internet_gateway" "this" {
  count = var.gateway ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_subnet" "gateway" {
  count = var.gateway ? 1 : 0

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[0]
  cidr_block        = local.parts[15]

  tags = { Name = "${var.name}-gateway" }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "gateway" {
  count = var.gateway ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-gateway" }
}

resource "aws_route" "gateway_to_internet" {
  count = var.gateway ? 1 : 0

  route_table_id         = aws_route_table.gateway[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "gateway" {
  count = var.gateway ? 1 : 0

  subnet_id      = aws_subnet.gateway[0].id
  route_table_id = aws_route_table.gateway[0].id
}

resource "aws_eip" "gateway" {
  #checkov:skip=CKV2_AWS_19:It is the gateway's.
  count = var.gateway ? 1 : 0

  domain = "vpc"

  tags = { Name = "${var.name}-gateway" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = var.gateway ? 1 : 0

  allocation_id = aws_eip.gateway[0].id
  subnet_id     = aws_subnet.gateway[0].id

  tags = { Name = var.name }
}

resource "aws_route" "private_to_gateway" {
  count = var.gateway ? 1 : 0

  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[0].id
}

# Who may talk to whom: functions to the database and to the outside by TLS, nobody to functions. An Odoo on
# another port than 443 needs a rule more.

resource "aws_security_group" "functions" {
  #checkov:skip=CKV2_AWS_5:The functions of the template are its members.
  name        = "${var.name}-functions"
  description = "The functions of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-functions" }
}

resource "aws_vpc_security_group_egress_rule" "functions_to_services" {
  for_each = {
    HTTPS  = 443
    Qdrant = 6334
  }

  security_group_id = aws_security_group.functions.id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "functions_to_ledger" {
  security_group_id            = aws_security_group.functions.id
  description                  = "The ledger"
  referenced_security_group_id = aws_security_group.ledger.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_security_group" "ledger" {
  name        = "${var.name}-ledger"
  description = "The ledger of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-ledger" }
}

resource "aws_vpc_security_group_ingress_rule" "ledger_from_functions" {
  security_group_id            = aws_security_group.ledger.id
  description                  = "The functions"
  referenced_security_group_id = aws_security_group.functions.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
