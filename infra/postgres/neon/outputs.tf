output "database_url" {
  description = "The ledger's address with its password. Not the pooler's: functions set a timeout as they connect, which the pooler refuses."
  value = format(
    "postgres://%s:%s@%s/%s?sslmode=require",
    urlencode(neon_project.ledger.database_user),
    urlencode(neon_project.ledger.database_password),
    neon_project.ledger.database_host,
    neon_project.ledger.database_name,
  )
  sensitive = true
}
