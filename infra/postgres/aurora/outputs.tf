output "database_secret" {
  description = "The ledger's address with its password, reached from the private subnets alone, and behind it the authority that its certificate comes from."
  value = format(
    "postgres://%s:%s@%s:%d/%s?sslmode=require\n%s",
    aws_rds_cluster.ledger.master_username,
    random_password.owner.result,
    aws_rds_cluster.ledger.endpoint,
    aws_rds_cluster.ledger.port,
    aws_rds_cluster.ledger.database_name,
    data.http.authority.response_body,
  )
  sensitive = true

  # Before it has an instance nothing answers there.
  depends_on = [aws_rds_cluster_instance.ledger]
}

output "vpc_config" {
  description = "The lines that put the functions into the network, as they stand in template.yaml."
  value       = <<YAML
    VpcConfig:
      SubnetIds: ${jsonencode(aws_subnet.private[*].id)}
      SecurityGroupIds: ${jsonencode([aws_security_group.functions.id])}
  YAML
}
