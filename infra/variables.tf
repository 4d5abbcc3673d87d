variable "stack_name" {
  description = "The stack of template.yaml that all of this is for, such as helpdesk or helpdesk-staging. Names here begin with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.stack_name))
    error_message = "Two to 24 small letters, digits and hyphens, beginning with a letter."
  }
}

variable "aws_region" {
  description = "The region that the stack is deployed to."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "Such as eu-central-1."
  }
}

# Google

variable "google_project" {
  description = "The Google Cloud project, the one that the OAuth client of the mailbox belongs to."
  type        = string
}

variable "push_endpoint" {
  description = "The stack's output IngestUrl. Empty until the stack stands: then there is a topic, and no push subscription."
  type        = string
  default     = ""
}

variable "push_audience" {
  description = "What stands as the audience in the tokens of pushes. Empty takes the stack's name with -push."
  type        = string
  default     = ""
}

variable "push_ack_deadline" {
  description = "Seconds that a push waits for its answer: not less than the parameter HandlerTimeout of the stack."
  type        = number
  default     = 60
}

# Qdrant

variable "qdrant" {
  description = "Whether to make a cluster in Qdrant Cloud. Without one the parameter QdrantUrl and the key are yours to give."
  type        = bool
  default     = true
}

variable "qdrant_account" {
  description = "The id of the account in Qdrant Cloud. Null takes it from QDRANT_CLOUD_ACCOUNT_ID."
  type        = string
  default     = null
}

variable "qdrant_cloud" {
  description = "Where Qdrant Cloud runs the cluster: aws, gcp or azure."
  type        = string
  default     = "aws"
}

variable "qdrant_region" {
  description = "The region of that cloud. Empty takes the stack's."
  type        = string
  default     = ""
}

variable "qdrant_size" {
  description = "What each node of the cluster has, as Qdrant Cloud writes it."
  type = object({
    cpu   = string
    ram   = string
    nodes = optional(number, 1)
  })
  default = { cpu = "500m", ram = "1Gi" }
}

# Postgres

variable "postgres" {
  description = "Where the ledger is: neon, aurora, or none where you have a Postgres already. Read README.md before you take aurora."
  type        = string
  default     = "neon"

  validation {
    condition     = contains(["neon", "aurora", "none"], var.postgres)
    error_message = "neon, aurora or none."
  }
}

variable "neon_region" {
  description = "Neon's region. Empty takes the stack's, which Neon may not have."
  type        = string
  default     = ""
}

variable "neon_organization" {
  description = "The id of the Neon organization. Null where the API key belongs to one."
  type        = string
  default     = null
}

variable "neon_history_hours" {
  description = "How far back the ledger on Neon can be set. The free plan takes 6 at the most."
  type        = number
  default     = 168
}

# GitHub

variable "github_repository" {
  description = "The repository that deploys, owner/name. Empty makes no role."
  type        = string
  default     = ""
}

variable "github_environment" {
  description = "The repository's environment that deploys this stack: staging or prod."
  type        = string
  default     = "staging"

  validation {
    condition     = contains(["staging", "prod"], var.github_environment)
    error_message = "staging or prod."
  }
}

variable "github_has_provider" {
  description = "Whether the AWS account knows GitHub as an identity provider already, such as from another stack."
  type        = bool
  default     = false
}

variable "github_migrates" {
  description = "Whether deployments from GitHub bring the ledger's tables up to date, and may read its address for it."
  type        = bool
  default     = false
}
