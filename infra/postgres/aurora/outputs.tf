output "database_url" {
  description = "The ledger's address with its password, reached from the private subnets alone."
  value = format(
    "postgres://%s:%s@%s:%d/%s?sslmode=require",
    aws_rds_cluster.ledger.master_username,
    random_password.owner.result,
    aws_rds_cluster.ledger.endpoint,
    aws_rds_cluster.ledger.port,
    aws_rds_cluster.ledger.database_name,
  )
  sensitive = true

  # Before it has an instance nothing answers there.
  depends_on = [aws_rds_cluster_instance.ledger]
}

output "subnets" {
  description = "The subnets that the functions must be put into."
  value       = aws_subnet.private[*].id
}

output "security_group" {
  description = "The security group that the functions must belong to."
  value       = aws_security_group.functions.id
}
