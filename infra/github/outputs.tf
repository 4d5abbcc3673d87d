output "role" {
  description = "The role's ARN, for the variable AWS_ROLE of the environment on GitHub."
  value       = aws_iam_role.deploy.arn
}
