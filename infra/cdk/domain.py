"""The organisation's own domain before the API: certificate, name, and the records where the zone is in Route 53."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.cdk.api import Api
from infra.cdk.asking import Asking


class Domain(Construct):
    """Links begin with it. Without a zone in Route 53 an output says which record a person makes."""

    def __init__(self, scope: Construct, construct_id: str, *, api: Api) -> None:
        """Put the stage's domain before the API."""
        super().__init__(scope, construct_id)
        stack = Asking.around(self)
        wanted = stack.stage.address
        zone = (
            route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=wanted.hosted_zone, zone_name=wanted.zone_name
            )
            if wanted.hosted_zone
            else None
        )
        certificate: acm.ICertificate
        if wanted.certificate:
            certificate = acm.Certificate.from_certificate_arn(self, "Certificate", wanted.certificate)
        else:
            certificate = acm.Certificate(
                self,
                "Certificate",
                domain_name=wanted.domain,
                validation=acm.CertificateValidation.from_dns(zone),
            )
        name = apigateway.DomainName(
            self,
            "Name",
            domain_name=wanted.domain,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.BasePathMapping(
            self, "Mapping", domain_name=name, rest_api=api.rest, stage=api.rest.deployment_stage
        )
        if zone is None:
            stack.say("DnsAddress", f"CNAME {wanted.domain} {name.domain_name_alias_domain_name}")
            return
        target = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(name))
        route53.ARecord(self, "Address", zone=zone, record_name=f"{wanted.domain}.", target=target)
        route53.AaaaRecord(self, "Address6", zone=zone, record_name=f"{wanted.domain}.", target=target)
