"""The organisation's own names before the APIs: certificate, name, and the records where the zone is in Route 53."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.cdk.api import Api
from infra.cdk.asking import Asking
from infra.cdk.door import Door


class Domain(Construct):
    """One name. Without a zone in Route 53 an output says which record a person makes."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, certificate: str, before: Api | Door, told: str
    ) -> None:
        """Put a name before an API; `certificate` is the ARN of one that is there already, `told` names the output."""
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
        proof = self._certificate(name, certificate, zone)
        if isinstance(before, Door):
            target, alias = self._before_door(name, proof, before)
        else:
            target, alias = self._before_api(name, proof, before)
        if zone is None:
            stack.say(told, f"CNAME {name} {target}")
            return
        to = route53.RecordTarget.from_alias(alias)
        route53.ARecord(self, "Address", zone=zone, record_name=f"{name}.", target=to)
        route53.AaaaRecord(self, "Address6", zone=zone, record_name=f"{name}.", target=to)

    def _certificate(self, name: str, known: str, zone: route53.IHostedZone | None) -> acm.ICertificate:
        if known:
            return acm.Certificate.from_certificate_arn(self, "Certificate", known)
        return acm.Certificate(
            self, "Certificate", domain_name=name, validation=acm.CertificateValidation.from_dns(zone)
        )

    def _before_api(self, name: str, certificate: acm.ICertificate, api: Api) -> tuple[str, route53.IAliasRecordTarget]:
        made = apigateway.DomainName(
            self,
            "Name",
            domain_name=name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.BasePathMapping(
            self, "Mapping", domain_name=made, rest_api=api.rest, stage=api.rest.deployment_stage
        )
        return made.domain_name_alias_domain_name, targets.ApiGatewayDomain(made)

    def _before_door(
        self, name: str, certificate: acm.ICertificate, door: Door
    ) -> tuple[str, route53.IAliasRecordTarget]:
        made = gateway.DomainName(
            self,
            "Name",
            domain_name=name,
            certificate=certificate,
            endpoint_type=gateway.EndpointType.REGIONAL,
            security_policy=gateway.SecurityPolicy.TLS_1_2,
        )
        gateway.CfnApiMapping(self, "Mapping", api_id=door.http.api_id, domain_name=made.name, stage=door.stage.ref)
        alias = targets.ApiGatewayv2DomainProperties(made.regional_domain_name, made.regional_hosted_zone_id)
        return made.regional_domain_name, alias
